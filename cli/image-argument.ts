import { extname } from "node:path";
import { IsobitError, messageOf } from "#core/errors.ts";
import { checkImageFormat } from "#core/image/image-format.ts";
import { MAX_FILE_BYTES } from "#core/limits.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { builtInIds } from "#library/inputs/built-in-images.ts";
import { readIfThere } from "#library/model-file.ts";
import type { ServedModel } from "#library/stack/served-models.ts";

/** An image as GraphQL's ImageInput takes it. */
export type ImageInput =
  | { readonly image: string }
  | { readonly file: string }
  | { readonly inverted: { readonly file: string } };

export interface NamedImage {
  /** As it was given. */
  readonly name: string;
  readonly input: ImageInput;
}

/** The help text of `--invert`. */
export const INVERT_HELP = "dark ink: a grey level g counts as 255 - g";

/**
 * The image at a path or, if there is no such file, the built-in images that the name lists: "7", "0-5".
 * @throws IsobitError BAD_OPTION for a file that is missing or not an image, and for an unknown id
 */
export async function readImageArgument(name: string): Promise<NamedImage[]> {
  try {
    const bytes = await readIfThere(name);
    if (bytes !== undefined) return [{ name, input: { file: await encoded(name, bytes) } }];
  } catch (error) {
    if (!(error instanceof ModelRejected)) throw error;
    throw new IsobitError("BAD_OPTION", error.message, { cause: error });
  }
  if (extname(name) === "" && !/[\\/]/.test(name)) return builtInIds(name).map(builtInImage);
  throw new IsobitError(
    "BAD_OPTION",
    `${name} is missing. Check the path, or give the id of a built-in image, e.g. 7.`,
  );
}

export function builtInImage(id: string): NamedImage {
  return { name: id, input: { image: id } };
}

/** Base64. A damaged image of another format than PNG is found by the origin, which decodes it. */
async function encoded(name: string, bytes: Uint8Array): Promise<string> {
  if (bytes.length > MAX_FILE_BYTES) {
    const limit = `${MAX_FILE_BYTES / 1024 / 1024} MiB`;
    throw new IsobitError(
      "BAD_OPTION",
      `${name} has ${bytes.length} bytes; an image may have ${limit}. Make it smaller.`,
    );
  }
  const { decodePng, isPng } = await import("#core/image/png/png.ts");
  try {
    if (isPng(bytes)) decodePng(bytes);
    else checkImageFormat(bytes);
  } catch (error) {
    const hint = /\.(onnx|json)$/i.test(name) ? " Give a model's file with --model." : "";
    throw new IsobitError("BAD_OPTION", `${name}: ${messageOf(error)}${hint}`, { cause: error });
  }
  return Buffer.from(bytes).toString("base64");
}

/** @throws IsobitError BAD_OPTION for an image that is not a file */
export function requireFiles(images: readonly NamedImage[]): void {
  const builtIn = images.find(({ input }) => !("file" in input));
  if (images.length > 0 && builtIn === undefined) return;
  throw new IsobitError(
    "BAD_OPTION",
    `--invert is for files with dark ink; ${builtIn === undefined ? "the built-in images have" : `the built-in ${builtIn.name} has`} light ink already.`,
  );
}

/** A file with dark ink as the model takes it: inverted, unless the model's own preprocessing inverts every image. */
export function darkInk(input: ImageInput, { preprocess }: ServedModel): ImageInput {
  return "file" in input && !preprocess.invert ? { inverted: input } : input;
}
