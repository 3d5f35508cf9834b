import type { Command } from "commander";
import {
  type CompareCommandOptions,
  compareOptions,
  parseCounts,
  parseLevels,
  parseOutputTolerance,
  parseTimes,
} from "./compare/options.ts";
import { renderReport } from "./report/text/render.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { addInputOptions, collect, INPUTS_HELP } from "./inputs/options.ts";
import { withFlags } from "./flags.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { addPreprocessOptions } from "./options/preprocess.ts";
import { addBackendsOption } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import { reportJson } from "./report/formats/json.ts";
import { addReportOptions } from "./report/options.ts";
import { deliverReport, writtenText } from "./report/write-reports.ts";
import { showProgress } from "./progress.ts";
import { sayOnTerminal } from "./say-line.ts";

const HELP = `
No stack is needed: each backend runs in a process of its own, started and ended by this command. WASM is the Worker's
own .wasm file in Node's V8. Any ONNX model will do: several inputs, int64, float16, bool, …, any rank.

Compared is bit by bit. An element passes a tolerance where |a-b| <= abs, or <= rel * |reference|, or its ULP distance
<= ulp (steps of the output's own type; integers pass by abs alone). Where two backends or two models differ, the worst
input is traced: which node differs first, and why. What no correct evaluation can give is a WRONG_RESULT, which no
tolerance hides.

A backend is compared with itself by --levels, --threads, --batch, --repeats and --sessions, each varied alone against
the backend as it serves (level extended, the runtime's own threads, one input a run).

${INPUTS_HELP}

Examples:
  isobit compare digits                               WASM, CPU and whatever else is available
  isobit compare cnn.onnx --backends CPU,WEBGPU --abs 1e-5 --tolerance "boxes:abs=1e-3,ulp=16"
  isobit compare cnn.onnx --levels --threads --batch 1,2,8     CPU against itself
  isobit compare digits --backends WASM --levels all --repeats 5
  isobit compare model.onnx --inputs x.npy --expected y.npy    against outputs that PyTorch or another program saved
  isobit compare before.onnx after.onnx               two models, their nodes aligned by what they compute
  isobit compare bert.onnx --dim seq=16 --random 5
  isobit compare resnet.onnx --inputs test_data_set_0 --rel 1e-3
  isobit compare digits --save golden.json            and on another day or machine: --against golden.json
  isobit compare digits --json --report all --out reports | jq .outcome

Exit codes:
  0   every bit is the same, or within the tolerance asked for
  1   drift
  2   incomplete: a model, an input or a backend failed, or only one source took part
  3   WRONG_RESULT, which no rounding explains, or a violated certificate
  64  bad usage
  70  a defect of isobit itself
`;

/** Registers `compare`. @param finish told the exit code */
export function addCompare(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("compare")
    .description("Compare any ONNX model across backends, a backend with itself, or two models, bit by bit.")
    .argument("<models...>", "path of an .onnx file or id of a shipped model; a second one is compared with the first");
  addBackendsOption(command, "every other backend that runs the model")
    .option("--reference <source>", 'what all others are compared with, e.g. CPU, "CPU level=all", expected')
    .option("--levels [levels]", "vary the optimisation level: disabled,basic,extended,all", parseLevels)
    .option("--threads [counts]", "vary CPU's threads within an operator; else 1, 2, … all cores", parseCounts)
    .option("--batch [sizes]", "vary how many inputs share a run; else 1,2,8", parseCounts)
    .option("--repeats [times]", "run each session so often; else 3", parseTimes)
    .option("--sessions [times]", "open so many sessions with the same settings; else 3", parseTimes)
    .option("--product", "vary all of these together, not each alone");
  addToleranceOptions(command, "steps of the output's type")
    .option("--tolerance <output:bounds>", "an output's own, e.g. logits:abs=1e-5,ulp=4", parseOutputTolerance)
    .option("--trace", "trace every pair that differs, a backend against itself too")
    .option("--no-trace", "trace none");
  addInputOptions(command).option(
    "--expected <path>",
    "outputs saved elsewhere, as .npy, .npz or .json; or <output>=<file>, once for each output of the model",
    collect,
  );
  addPreprocessOptions(command).option(
    "--as-is",
    "run the file unchanged: a classifier keeps its final Softmax, and is fed tensors",
  );
  addReportOptions(command)
    .option("--json", "print the report as JSON instead of the tables")
    .option("--verbose", "print every input and every output too")
    .addHelpText("after", HELP)
    .action(async (models: readonly string[], options: CompareCommandOptions) =>
      finish(await compareCommand(models, options)),
    );
}

async function compareCommand(models: readonly string[], options: CompareCommandOptions): Promise<number> {
  // An engine is loaded by the command that needs it: the others start sooner and with less memory.
  const { compare } = await import("#library/compare/compare.ts");
  const interrupt = listenForInterrupt();
  try {
    let bar: ReturnType<typeof showProgress> | undefined;
    const { report: run, notes: found } = await compare(models, {
      ...compareOptions(options),
      signal: interrupt.signal,
      onProgress: ({ done, total }) => (bar ??= showProgress(total)).at(done, "inputs"),
      onEvent: (sentence) => {
        bar?.stop();
        sayOnTerminal(sentence);
      },
    }).finally(() => bar?.stop());
    const { report, ...files } = await deliverReport(run, options);
    const verbose = options.verbose === true;
    const notes = found.map(withFlags);
    process.stdout.write(options.json ? reportJson(report) : renderReport(report, { verbose, notes }));
    process.stderr.write(writtenText(files));
    return exitCodeOf(report);
  } finally {
    interrupt.dispose();
  }
}
