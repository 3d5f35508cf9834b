import type { Command } from "commander";
import {
  type CompareCommandOptions,
  compareOptions,
  parseCounts,
  parseLevels,
  parseOperators,
  parseOutputTolerance,
  parseTimes,
  parseVersions,
} from "./compare/options.ts";
import { renderReport } from "./report/text/render.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { addInputOptions, collect, INPUTS_HELP } from "./inputs/options.ts";
import { withFlags } from "./flags.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { addPreprocessOptions } from "./options/preprocess.ts";
import { addBackendsOption } from "./options/sources.ts";
import { addToleranceOptions } from "./options/tolerance.ts";
import { reportJson } from "./report/formats/json.ts";
import { addReportOptions } from "./report/options.ts";
import { deliverReport, prepareReport, writtenText } from "./report/write-reports.ts";
import { showProgress } from "./progress.ts";
import { sayOnTerminal } from "./say-line.ts";

const HELP = `
Works with any ONNX model: several inputs, any rank, int64, float16, bool and the other types. No stack is needed: this
command starts and ends a process for each backend. WASM is the Worker's own .wasm file in Node's V8.

Outputs are compared bit by bit. An element is within the tolerance if |a-b| <= abs, or <= rel * |reference|, or if its
ULP distance <= ulp (steps of the output's own type; for integers only abs counts). If two backends or two models
differ, the worst input is traced: which node differs first, and why. A result outside the possible rounding error is
WRONG_RESULT; no tolerance hides it.

--levels, --threads, --batch, --repeats, --sessions and --memory compare a backend with itself. Each is varied alone,
against the settings that are served: level extended, the runtime's own number of threads, one input per run. --stable
varies all of them, alone and together, and says which of them change the bits, and in which node.

--ort compares versions of ONNX Runtime, each backend with itself; the first is the reference. npm installs them into a
cache (~/.cache/isobit), where they are found again without a network.

--json alone writes no file; --report and --out write reports.

${INPUTS_HELP}

Examples:
  isobit compare digits                               every backend that can run the model
  isobit compare cnn.onnx --backends CPU,WEBGPU --abs 1e-5 --tolerance "boxes:abs=1e-3,ulp=16"
  isobit compare cnn.onnx --levels --threads --batch 1,2,8     CPU against itself
  isobit compare digits --backends WASM --levels all --repeats 5
  isobit compare model.onnx --inputs x.npy --expected y.npy    against outputs that PyTorch or another program saved
  isobit compare cnn.onnx --ort 1.24.3,latest         which node an upgrade changes
  isobit compare cnn.onnx --stable                    which settings change a backend's own bits
  isobit compare before.onnx after.onnx               two models, their nodes aligned by what they compute
  isobit compare bert.onnx --dim seq=16 --random 5
  isobit compare resnet.onnx --inputs test_data_set_0 --rel 1e-3
  isobit compare digits --save golden.json            and on another day or machine: --against golden.json
  isobit compare digits --json --report all --out reports | jq .outcome

${exitCodesHelp({ 0: "every bit is the same, or within the tolerance", 1: "drift", 2: "incomplete: a model, an input or a backend failed, or only one source ran", 3: "a wrong result, which rounding cannot explain, or a violated certificate" })}`;

/** Registers `compare`. @param finish takes the exit code */
export function addCompare(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command("compare")
    .description("Compare any ONNX model across backends, a backend with itself, or two models, bit by bit.")
    .argument(
      "<models...>",
      "path of an .onnx file or id of a shipped model; a second model is compared with the first",
    );
  addBackendsOption(command, "every other backend that can run the model")
    .option(
      "--allow-cpu <operators>",
      "operators that a GPU may leave to the CPU, e.g. Cast,Clip, or all",
      parseOperators,
    )
    .option("--reference <source>", 'what the others are compared with, e.g. CPU, "CPU level=all", expected')
    .option(
      "--ort <versions>",
      "vary the version of ONNX Runtime, e.g. 1.24.3,latest; npm installs them",
      parseVersions,
    )
    .option("--stable", "vary everything below on each backend, alone and together")
    .option("--levels [levels]", "vary the optimisation level (default: disabled,basic,extended,all)", parseLevels)
    .option("--threads [counts]", "vary CPU's threads within an operator (default: 1, 2, … all cores)", parseCounts)
    .option("--batch [sizes]", "vary the number of inputs per run (default: 1,2,8)", parseCounts)
    .option("--repeats [times]", "number of runs per session (default: 3)", parseTimes)
    .option("--sessions [times]", "number of sessions with the same settings (default: 3)", parseTimes)
    .option("--memory", "vary the runtime's memory arena and memory patterns")
    .option("--product", "vary all of these together instead of each alone");
  addToleranceOptions(command, "steps of the output's type")
    .option("--tolerance <output:bounds>", "tolerance of one output, e.g. logits:abs=1e-5,ulp=4", parseOutputTolerance)
    .option("--trace", "trace every pair that differs, including a backend against itself")
    .option("--no-trace", "do not trace");
  addInputOptions(command).option(
    "--expected <path>",
    "outputs saved elsewhere, as .npy, .npz or .json; or <output>=<file>, once for each output of the model",
    collect,
  );
  addPreprocessOptions(command).option(
    "--as-is",
    "run the file unchanged: a classifier keeps its final Softmax and takes tensors",
  );
  addReportOptions(command)
    .option("--json", "print the report as JSON instead of the tables")
    .option("--verbose", "also print every input and output, and why backends were skipped")
    .addHelpText("after", HELP)
    .action(async (models: readonly string[], options: CompareCommandOptions) =>
      finish(await compareCommand(models, options)),
    );
}

async function compareCommand(models: readonly string[], options: CompareCommandOptions): Promise<number> {
  const golden = await prepareReport(options);
  // Loaded by the command that needs it: the others start sooner and with less memory.
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
    const { report, ...files } = await deliverReport(run, options, [], golden);
    const { json, verbose = false, backends: asked } = options;
    const notes = found.map(withFlags);
    process.stdout.write(json ? reportJson(report) : renderReport(report, { verbose, asked, notes }));
    process.stderr.write(writtenText(files));
    return exitCodeOf(report);
  } finally {
    interrupt.dispose();
  }
}
