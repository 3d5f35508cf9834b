import { extname } from "node:path";
import { MAX_FILE_BYTES } from "#core/limits.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { IsobitError } from "#core/errors.ts";
import { readIfThere } from "#library/model-file.ts";

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

/**
 * An image by its path or, where there is no such file, by the id of a built-in one.
 * @throws IsobitError BAD_OPTION where the path leads to no image that can be sent
 */
export async function readImageArgument(name: string): Promise<NamedImage> {
  const bytes = await readIfThere(name).catch((error: unknown) => {
    if (!(error instanceof ModelRejected)) throw error;
    throw new IsobitError("BAD_OPTION", error.message, { cause: error });
  });
  if (bytes !== undefined) return { name, input: { file: base64(name, bytes) } };
  if (extname(name) !== "" || /[\\/]/.test(name)) {
    throw new IsobitError(
      "BAD_OPTION",
      `${name} is missing. Check the path, or give the id of a built-in image, e.g. 7.`,
    );
  }
  return { name, input: { image: name } };
}

function base64(name: string, bytes: Uint8Array): string {
  if (bytes.length <= MAX_FILE_BYTES) return Buffer.from(bytes).toString("base64");
  const limit = `${MAX_FILE_BYTES / 1024 / 1024} MiB`;
  throw new IsobitError(
    "BAD_OPTION",
    `${name} has ${bytes.length} bytes; an image may have ${limit}. Make it smaller.`,
  );
}
