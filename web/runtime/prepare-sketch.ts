import type { ModelInfo } from "#core/model/model.ts";
import { preprocess, type PreparedInput } from "#core/preprocess.ts";

/** A sketch's grey levels as the model's input tensor, with the same preprocessing as on the sides. */
export async function prepareSketch(model: ModelInfo, pixels: Uint8Array): Promise<PreparedInput> {
  const [input] = await preprocess(
    { model, items: [{ id: "sketch", source: { kind: "pixels", bytes: pixels } }] },
    NO_FILES,
  );
  if (!input) throw new Error("preprocessing returned nothing");
  return input;
}

/** A sketch is neither a built-in image nor a file. */
const NO_FILES = {
  images: [],
  readImage: () => Promise.reject(new Error("a sketch is not a built-in image")),
  decodeOther: () => Promise.reject(new Error("a sketch is not a file")),
};
