import type { Command } from "commander";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import { builtInImages } from "#library/inputs/built-in-images.ts";
import type { AskedStack } from "#library/stack/asked-stack.ts";
import type { Variables } from "#library/stack/stack-settings.ts";
import { parseBackend } from "./arguments.ts";
import { askStack } from "./ask-stack.ts";
import { EXIT } from "./exit-codes.ts";
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
import { addModelOption, addUrlOption, STACK_HELP, type StackOptions } from "./options/side.ts";
import { askPrediction, type ImageAnswer } from "./predict/query.ts";
import { renderPredictions } from "./predict/table.ts";
import { showProgress } from "./progress.ts";

const HELP = `
An image is a file, or the id of a built-in image. Either side decodes PNG; the origin also decodes JPEG, WebP, AVIF, GIF
and TIFF.

${STACK_HELP}

Examples:
  isobit predict 7                                the built-in 7 on WASM
  isobit predict 0-5 photo.png --backend CPU --verbose
  isobit predict photo.png --model cnn.onnx       your own model, on a temporary stack
  isobit predict scan.jpg --invert                a black digit on white paper
  isobit predict --model digits --bits            all built-in images, logits as hexadecimal bits
  isobit predict 7 --json | jq -r '.answers[0].prediction.label'

${exitCodesHelp({ 0: "every image has a prediction", 2: "incomplete: an image, the backend or the stack failed" })}`;

interface PredictOptions extends StackOptions {
  readonly backend: BackendId;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly bits?: boolean;
  readonly invert?: boolean;
}

/** Registers `predict`. @param finish takes the exit code */
export function addPredict(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("predict")
    .description("Say which label a model gives an image, on one backend.")
    .argument("[images...]", "files, or ids of built-in images, e.g. 7 or 0-5 (default: all built-in images)")
    .option("--backend <name>", `one of: ${BACKEND_IDS.join(", ")}`, parseBackend, "WASM");
  addUrlOption(addModelOption(command))
    .option("--invert", INVERT_HELP)
    .option("--json", "print the answers as JSON instead of the table")
    .option("--verbose", "also print every label's probability and logit")
    .option("--bits", "also print every logit's bits, in hexadecimal")
    .addHelpText("after", HELP)
    .action(async (names: string[], options: PredictOptions) => finish(await predict(names, options, variables)));
}

async function predict(names: readonly string[], options: PredictOptions, variables: Variables): Promise<number> {
  // Read before a stack is started, which takes seconds.
  const named = (await Promise.all(names.map(readImageArgument))).flat();
  if (options.invert) requireFiles(named);
  const images = named.length > 0 ? named : builtInImages().map(({ id }) => builtInImage(id));
  const answers = await askStack(options, variables, (stack, stop) => askEach(stack, images, options, stop));
  const { json = false, verbose = false, bits = false } = options;
  process.stdout.write(
    json ? `${JSON.stringify({ answers }, null, 2)}\n` : renderPredictions(answers, { verbose, bits }),
  );
  return exitCodeOf(answers);
}

/** One after another: a backend runs one request at a time, and progress can be shown. */
async function askEach(
  { url, model, modelId }: AskedStack,
  images: readonly NamedImage[],
  { backend, invert = false }: PredictOptions,
  stop: AbortSignal,
): Promise<ImageAnswer[]> {
  const settings = { backend, ...given({ model: modelId }) };
  const progress = showProgress(images.length);
  const answers: ImageAnswer[] = [];
  try {
    for (const { name, input } of images) {
      progress.at(answers.length, name);
      const image = { name, input: invert ? darkInk(input, model) : input };
      answers.push(await askPrediction(url, image, settings, stop));
    }
    return answers;
  } finally {
    progress.stop();
  }
}

const BAD_IMAGE_CODES = ["IMAGE_NOT_FOUND", "BAD_INPUT", "INPUT_TOO_LARGE", "UNSUPPORTED_IMAGE"];

function exitCodeOf(answers: readonly ImageAnswer[]): number {
  const errors = answers.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return EXIT.OK;
  const noImage = errors.length === answers.length && errors.every(({ code }) => BAD_IMAGE_CODES.includes(code));
  return noImage ? EXIT.BAD_USAGE : EXIT.INCOMPLETE;
}
