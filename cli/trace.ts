import { resolve } from "node:path";
import type { Command } from "commander";
import type { BackendId } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import { builtInIds } from "#library/inputs/built-in-images.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { parseBackend } from "./arguments.ts";
import { askStack } from "./ask-stack.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { exitCodesHelp } from "./exit-codes-help.ts";
import { given } from "./given.ts";
import {
  builtInImage,
  darkInk,
  INVERT_HELP,
  type NamedImage,
  readImageArgument,
  requireFiles,
} from "./image-argument.ts";
import { addUrlOption, STACK_HELP } from "./options/side.ts";
import { type AnsweredTrace, askTrace } from "./trace/query.ts";
import { renderTrace } from "./trace/text.ts";

const HELP = `
Every node's output is compared bit by bit in graph order. A node that differs is run alone on both backends with equal
inputs: what still differs was introduced there, the rest was inherited. One image is traced, by default the built-in 7;
compare traces the input that differs most, which may be another one.

${STACK_HELP}

Examples:
  isobit trace digits                             the built-in 7: the node where WASM first differs from CPU, and why
  isobit trace digits --image 3 --backend WEBGPU
  isobit trace cnn.onnx --file photo.png          your own model, on a temporary stack
  isobit trace digits --file scan.jpg --invert    a black digit on white paper
  isobit trace digits --json | jq .firstDrift

${exitCodesHelp({ 0: "no node differs in any bit", 1: "drift", 2: "incomplete: a backend or the stack failed", 3: "a wrong result, which rounding cannot explain, or a violated certificate" })}`;

interface TraceOptions {
  readonly image?: string;
  readonly file?: string;
  readonly reference: BackendId;
  readonly backend: BackendId;
  readonly url?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly invert?: boolean;
}

/** Registers `trace`. @param finish takes the exit code */
export function addTrace(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("trace")
    .description("Find the node where two backends first differ, and why.")
    .argument("[model]", "id of a served model, or path of an .onnx file (default: the default model)")
    .option("--image <id>", "a built-in image (default: 7)")
    .option("--file <path>", "your own image")
    .option("--reference <backend>", "the backend to compare with", parseBackend, "CPU")
    .option("--backend <name>", "the backend that is compared", parseBackend, "WASM");
  addUrlOption(command)
    .option("--invert", `of --file, ${INVERT_HELP}`)
    .option("--json", "print the trace as JSON instead of the table")
    .option("--verbose", "explain every node where a difference was introduced, not only the first")
    .addHelpText("after", HELP)
    .action(async (model: string | undefined, options: TraceOptions) =>
      finish(await traceCommand(model, options, variables)),
    );
}

async function traceCommand(model: string | undefined, options: TraceOptions, variables: Variables): Promise<number> {
  const { reference, backend, url, invert = false, json = false, verbose = false } = options;
  const image = await imageOf(options);
  if (invert) requireFiles([image]);
  const trace = await askStack(given({ url, model }), variables, (stack, stop) => {
    const input = invert ? darkInk(image.input, stack.model) : image.input;
    return askTrace(stack.url, { input, reference, backend, ...given({ model: stack.modelId }) }, stop);
  });
  process.stdout.write(json ? `${JSON.stringify(trace, null, 2)}\n` : renderTrace(trace, image.name, { verbose }));
  return exitCodeOfTrace(trace);
}

async function imageOf({ image, file }: TraceOptions): Promise<NamedImage> {
  if (image !== undefined && file !== undefined)
    throw new IsobitError("BAD_OPTION", "Give --image or --file, not both.");
  const images =
    file === undefined ? builtInIds(image ?? "7").map(builtInImage) : await readImageArgument(resolve(file));
  const [only] = images;
  if (only !== undefined && images.length === 1) return only;
  throw new IsobitError("BAD_OPTION", "A trace takes one image. Give one id with --image.");
}

/** What no tolerance hides comes before drift, which one might. */
export function exitCodeOfTrace({
  outcome,
  certificateViolations,
}: Pick<AnsweredTrace, "outcome" | "certificateViolations">): number {
  return exitCodeOf({ outcome: certificateViolations.length > 0 ? "CERTIFICATE_VIOLATED" : outcome });
}
