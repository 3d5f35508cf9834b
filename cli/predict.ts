import { sayLine } from "./say-line.ts";
import type { Command } from "commander";
import type { BackendId } from "#core/backends.ts";
import { parseBackend } from "./arguments.ts";
import { EXIT } from "./exit-codes.ts";
import { given } from "./given.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { darkInkAt, INVERT_HELP, requireFiles } from "./dark-ink.ts";
import { addModelOption, addUrlOption } from "./options/side.ts";
import { askImageIds } from "#library/stack/ask.ts";
import { onSomeStack } from "#library/stack/own-stack.ts";
import { type ImageInput, readImageArgument, type NamedImage } from "./image-argument.ts";
import { askPrediction, type ImageAnswer } from "./predict/query.ts";
import { renderPredictions } from "./predict/table.ts";
import { showProgress } from "./progress.ts";
import type { Variables } from "#library/stack/stack-settings.ts";

const HELP = `
An image is a file, or the id of a built-in one. PNG is decoded on either side; JPEG, WebP, AVIF, GIF and TIFF by the
origin.

Examples:
  isobit predict 7                                the built-in 7 on WASM
  isobit predict photo.png 3 --backend CPU --verbose
  isobit predict scan.jpg --invert                a black digit on white paper
  isobit predict --model digits --bits            all built-in images, logits as hexadecimal bits
  isobit predict 7 --json | jq -r '.answers[0].prediction.label'

Exit codes:
  0   every image was answered
  1   some were, others were not
  2   none was: the backend or the stack did not answer
  64  bad usage: no such image, model, file or option
  70  a defect of isobit itself
`;

interface PredictOptions {
  readonly backend: BackendId;
  readonly model?: string;
  readonly url?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly bits?: boolean;
  readonly invert?: boolean;
}

/** Registers `predict`. @param finish told the exit code */
export function addPredict(program: Command, variables: Variables, finish: (exitCode: number) => void): void {
  const command = program
    .command("predict")
    .description("Say which label a model gives an image, on one backend.")
    .argument("[images...]", "files, or ids of built-in images, e.g. 7; else all built-in ones")
    .option("--backend <name>", "WASM, CPU, CUDA, CUDA_TF32 or WEBGPU", parseBackend, "WASM");
  addUrlOption(addModelOption(command))
    .option("--invert", INVERT_HELP)
    .option("--json", "print the answers as JSON instead of the table")
    .option("--verbose", "print every label's probability and logit too")
    .option("--bits", "print every logit's bits too, in hexadecimal")
    .addHelpText("after", HELP)
    .action(async (names: string[], options: PredictOptions) => finish(await predict(names, options, variables)));
}

async function predict(names: readonly string[], options: PredictOptions, variables: Variables): Promise<number> {
  // Before a stack is started: a mistyped path should not cost seconds.
  const named = await Promise.all(names.map(readImageArgument));
  if (options.invert) requireFiles(named);
  const interrupt = listenForInterrupt();
  try {
    const answers = await onSomeStack(
      { ...given({ url: options.url }), variables, stop: interrupt, tell: sayLine },
      async (url, stop) => {
        const images = named.length > 0 ? named : builtIn(await askImageIds(url, stop));
        return await askEach(url, images, options, stop);
      },
    );
    const { json = false, verbose = false, bits = false } = options;
    process.stdout.write(json ? asJson(answers) : renderPredictions(answers, { verbose, bits }));
    return exitCodeOf(answers);
  } finally {
    interrupt.dispose();
  }
}

/** One after another: a backend answers one request at a time, and the order shows how far it is. */
async function askEach(
  url: string,
  images: readonly NamedImage[],
  options: PredictOptions,
  stop: AbortSignal,
): Promise<ImageAnswer[]> {
  const settings = { backend: options.backend, ...given({ model: options.model }) };
  const taken = options.invert ? await darkInkAt(url, options.model, stop) : (input: ImageInput) => input;
  const progress = showProgress(images.length);
  const answers: ImageAnswer[] = [];
  try {
    for (const image of images) {
      progress.at(answers.length, image.name);
      answers.push(await askPrediction(url, { ...image, input: taken(image.input) }, settings, stop));
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
  if (errors.length < answers.length) return EXIT.FAILED;
  return errors.every(({ code }) => BAD_IMAGE_CODES.includes(code)) ? EXIT.BAD_USAGE : EXIT.INCOMPLETE;
}

function builtIn(ids: readonly string[]): NamedImage[] {
  return ids.map((id) => ({ name: id, input: { image: id } }));
}

function asJson(answers: readonly ImageAnswer[]): string {
  return `${JSON.stringify({ answers }, null, 2)}\n`;
}
