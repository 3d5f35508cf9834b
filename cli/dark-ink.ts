import { IsobitError } from "#core/errors.ts";
import { chooseModel } from "#library/sweep/subject.ts";
import { SERVED_MODELS_QUERY } from "#library/sweep/subject-query.ts";
import { askFor } from "#library/stack/ask.ts";
import type { ImageInput, NamedImage } from "./image-argument.ts";

/** The help text of `--invert`. */
export const INVERT_HELP = "dark ink: a grey level g counts as 255 - g";

/** @throws IsobitError BAD_OPTION for an image that is not a file */
export function requireFiles(images: readonly NamedImage[]): void {
  const builtIn = images.find(({ input }) => !("file" in input));
  if (images.length > 0 && builtIn === undefined) return;
  throw new IsobitError(
    "BAD_OPTION",
    `--invert is for files with dark ink; ${builtIn === undefined ? "the built-in images have" : `the built-in ${builtIn.name} has`} light ink already.`,
  );
}

/**
 * How the side's model takes files with dark ink: inverted, unless its own preprocessing inverts every image already.
 * @throws IsobitError where the side does not answer or does not serve the model
 */
export async function darkInkAt(
  url: string,
  model: string | undefined,
  stop: AbortSignal,
): Promise<(input: ImageInput) => ImageInput> {
  const models = await askFor(url, "models", { query: SERVED_MODELS_QUERY, variables: {} }, stop);
  const { invert } = chooseModel(model, models).preprocess;
  return (input) => ("file" in input && !invert ? { inverted: input } : input);
}
