import { sayLine } from "./say-line.ts";
import { extname, resolve } from "node:path";
import type { Command } from "commander";
import type { BackendId } from "#core/backends.ts";
import { IsobitError, type LibraryError } from "#core/errors.ts";
import { parseBackend } from "./arguments.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { listenForInterrupt, type Interrupt } from "./interrupt.ts";
import { darkInkAt, INVERT_HELP, requireFiles } from "./dark-ink.ts";
import { addUrlOption } from "./options/side.ts";
import { onOwnStack, onSomeStack } from "#library/stack/own-stack.ts";
import { readImageArgument, type NamedImage } from "./image-argument.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { type AnsweredTrace, askTrace } from "./trace/query.ts";
import { renderTrace } from "./trace/text.ts";

const HELP = `
Every node's output is compared bit by bit in graph order. A node that differs is run alone on both backends with equal
inputs: what still differs was introduced there, the rest was inherited.

Examples:
  isobit trace digits                             the built-in 7: where WASM parts from CPU, and why
  isobit trace digits --image 3 --backend WEBGPU
  isobit trace cnn.onnx --file photo.png          starts a stack of its own for this model
  isobit trace digits --file scan.jpg --invert    a black digit on white paper
  isobit trace digits --json | jq .firstDrift

Exit codes:
  0   no node differs in any bit
  1   drift
  2   incomplete: a backend or the stack did not answer
  3   WRONG_RESULT, which no rounding explains, or a violated certificate
  64  bad usage
  70  a defect of isobit itself
`;

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

/** Registers `trace`. @param finish told the exit code */
export function addTrace(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("trace")
    .description("Find the node where two backends part, and say why.")
    .argument("[model]", "id of a served model, or path of an .onnx file; else the default model")
    .option("--image <id>", "a built-in image; else 7")
    .option("--file <path>", "an image of your own")
    .option("--reference <backend>", "what is compared with", parseBackend, "CPU")
    .option("--backend <name>", "what is compared", parseBackend, "WASM");
  addUrlOption(command)
    .option("--invert", `of --file, ${INVERT_HELP}`)
    .option("--json", "print the trace as JSON instead of the table")
    .option("--verbose", "explain every node where a difference was introduced, not the first alone")
    .addHelpText("after", HELP)
    .action(async (model: string | undefined, options: TraceOptions) =>
      finish(await traceCommand(model, options, variables)),
    );
}

async function traceCommand(model: string | undefined, options: TraceOptions, variables: Variables): Promise<number> {
  const image = await imageOf(options);
  if (options.invert) requireFiles([image]);
  const interrupt = listenForInterrupt();
  try {
    const trace = await fetchTrace(model, image, options, { variables, interrupt });
    const { json = false, verbose = false } = options;
    process.stdout.write(json ? `${JSON.stringify(trace, null, 2)}\n` : renderTrace(trace, image.name, { verbose }));
    return exitCodeOfTrace(trace);
  } finally {
    interrupt.dispose();
  }
}

async function imageOf({ image, file }: TraceOptions): Promise<NamedImage> {
  if (image !== undefined && file !== undefined) throw badUsage("Give --image or --file, not both.");
  if (file !== undefined) return await readImageArgument(resolve(file));
  const id = image ?? "7";
  return { name: id, input: { image: id } };
}

async function fetchTrace(
  model: string | undefined,
  image: NamedImage,
  { reference, backend, url, invert = false }: TraceOptions,
  { variables, interrupt }: { readonly variables: Variables; readonly interrupt: Interrupt },
): Promise<AnsweredTrace> {
  const ask = async (address: string, stop: AbortSignal, id?: string): Promise<AnsweredTrace> => {
    const input = invert ? (await darkInkAt(address, id, stop))(image.input) : image.input;
    return await askTrace(address, { input, reference, backend, ...(id === undefined ? {} : { model: id }) }, stop);
  };
  if (model === undefined || !isPath(model)) {
    const wanted = { ...(url === undefined ? {} : { url }), variables, stop: interrupt, tell: sayLine };
    return await onSomeStack(wanted, (address, stop) => ask(address, stop, model));
  }
  if (url !== undefined) throw badUsage(`${model} is a file, which a running stack does not serve. Leave out --url.`);
  const own = { ...variables, MODEL: model, MODEL_JSON: undefined };
  return await onOwnStack({ variables: own, stop: interrupt, tell: sayLine }, (address, stop) => ask(address, stop));
}

/** A stack serves ids; what looks like a path is a file. */
function isPath(model: string): boolean {
  return [".onnx", ".json"].includes(extname(model).toLowerCase()) || /[\\/]/.test(model);
}

/** What no tolerance hides before the drift that one might. */
export function exitCodeOfTrace({
  outcome,
  certificateViolations,
}: Pick<AnsweredTrace, "outcome" | "certificateViolations">): number {
  return exitCodeOf({ outcome: certificateViolations.length > 0 ? "CERTIFICATE_VIOLATED" : outcome });
}

function badUsage(sentence: string): LibraryError {
  return new IsobitError("BAD_OPTION", sentence);
}
