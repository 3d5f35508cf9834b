import { IsobitError } from "#core/errors.ts";
import { askFor } from "#library/stack/ask.ts";
import { imageFile } from "#library/inputs/images.ts";
import type { ImageInput, NamedImage } from "./image-argument.ts";
import { takerOf } from "#library/sweep/image-taker.ts";
import { chooseModel, SERVED_MODELS_QUERY } from "#library/sweep/subject.ts";

/** What `--invert` says of itself. */
export const INVERT_HELP = "dark ink: a grey level g counts as 255 - g";

/** Makes of an image's file the tensor that the model takes of dark ink; an error where the file is no image. */
export type Inverter = (image: NamedImage) => Promise<ImageInput | IsobitError>;

/** @throws IsobitError EXIT.BAD_USAGE for an image that is no file */
export function requireFiles(images: readonly NamedImage[]): void {
  const builtIn = images.find(({ input }) => !("file" in input));
  if (images.length > 0 && builtIn === undefined) return;
  throw new IsobitError(
    "BAD_OPTION",
    `--invert is for files with dark ink; ${builtIn === undefined ? "the built-in images have" : `the built-in ${builtIn.name} has`} light ink already.`,
  );
}

/**
 * The sides take images as the model's settings say. Here they are prepared by the same code of core with `invert` set,
 * to the same bits that a side started with MODEL_INVERT=1 would give.
 * @throws IsobitError where the side does not answer or serves no such model
 */
export async function inverterAt(url: string, model: string | undefined, stop: AbortSignal): Promise<Inverter> {
  const models = await askFor(url, "models", { query: SERVED_MODELS_QUERY, variables: {} }, stop);
  const taker = takerOf(chooseModel(model, models));
  const inverting = { ...taker, preprocess: { ...taker.preprocess, invert: true } };
  return async ({ name }) => {
    const files = imageFile(name, inverting);
    try {
      for await (const { feeds } of files) {
        if (feeds instanceof IsobitError) return feeds;
        const { bytes } = feeds.get(inverting.input.name)!;
        // Where the graph insists on a batch, the image is its first row.
        const own = bytes.subarray(0, inverting.input.elements * Float32Array.BYTES_PER_ELEMENT);
        return { tensor: Buffer.from(own).toString("base64") };
      }
      throw new Error(`${name} was read as no image at all`);
    } finally {
      await files.close();
    }
  };
}
