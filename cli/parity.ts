import type { Command } from "commander";
import type { BackendId } from "#core/backends.ts";
import type { ParityRequest } from "#library/stack/parity-query.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { askForReport } from "./ask-parity.ts";
import { askStack } from "./ask-stack.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { given, givenTolerance } from "./given.ts";
import { addImagesOption } from "./inputs/options.ts";
import { addModelOption, addUrlOption, STACK_HELP, type StackOptions } from "./options/side.ts";
import { addSourceOptions } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import { reportJson } from "./report/formats/json.ts";
import { DEFAULT_FORMATS } from "./report/formats.ts";
import { addReportOptions, type ReportOptions } from "./report/options.ts";
import { renderReport } from "./report/text/render.ts";
import { deliverReport, prepareReport, writtenText } from "./report/write-reports.ts";

const HELP = `
${STACK_HELP}

parity_report.json and parity_summary.csv are written to the current folder or to --out. --json alone writes no file.

Examples:
  isobit parity                                 the ten digits on every available backend
  isobit parity --images 0-2,7 --backends WASM,CPU
  isobit parity --model cnn.onnx                your own model, on a temporary stack
  PEERS=go=paragon+http://127.0.0.1:8003 isobit parity --peer go
  PEERS="go=paragon+http://127.0.0.1:8003;concurrency=4" isobit parity --peer go    4 calls at once (default: 1;
                                                oip peers: 4)
  isobit parity --abs 1e-5 --ulp 4              tolerance: an element passes if it meets one of the bounds
  isobit parity --url https://edge.example.org --out reports
  isobit parity --report html,junit,md          other formats than JSON and CSV; "all" writes all of them
  isobit parity --save golden.json              keep today's bits
  isobit parity --against golden.json           compare with them on another day or machine
  isobit parity --json | jq .verdict

${exitCodesHelp({ 0: "every bit is the same, or within the tolerance", 1: "drift", 2: "incomplete: a backend, an image or the stack failed, a peer gave different responses to the same request, or\nfewer than two sources responded", 3: "a certified model's bits differ (a violated certificate)" })}`;

interface ParityOptions extends ReportOptions, StackOptions {
  readonly images?: readonly string[];
  readonly backends?: readonly BackendId[];
  readonly reference?: BackendId;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Registers `parity`. @param finish takes the exit code */
export function addParity(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = addReportOptions(program.command("parity")).description(
    "Run the same images on several backends and compare their logits bit by bit.",
  );
  addSourceOptions(addImagesOption(addUrlOption(command)), "every other backend that is available");
  addToleranceOptions(addModelOption(command), "float32 steps")
    .option("--json", "print the report as JSON instead of the table")
    .option("--verbose", "also print every probability, and why backends were skipped")
    .addHelpText("after", HELP)
    .action(async (options: ParityOptions) => finish(await parity(options, variables)));
}

async function parity(options: ParityOptions, variables: Variables): Promise<number> {
  const { images, backends, peer: peers, reference, abs, rel, ulp, json, verbose = false } = options;
  const tolerance = givenTolerance({ abs, rel, ulp });
  // Scripts of the Paragon harness, which this command replaces, find these two files without asking for them.
  const unasked = json ? [] : DEFAULT_FORMATS;
  const golden = await prepareReport(options, unasked);
  const asked = await askStack(options, variables, ({ url, modelId: model }, stop) => {
    const request: ParityRequest = given({ images, backends, peers, reference, model, tolerance });
    return askForReport(url, request, stop);
  });
  const { report, ...files } = await deliverReport(asked, options, unasked, golden);
  process.stdout.write(json ? reportJson(report) : renderReport(report, { verbose, asked: backends }));
  process.stderr.write(writtenText(files));
  return exitCodeOf(report);
}
