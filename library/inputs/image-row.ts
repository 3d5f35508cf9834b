import { bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import type { ImageEntry, PlainSource } from "#core/image/image.ts";
import type { ImageModel } from "#core/model/model.ts";
import { preprocess } from "#core/preprocess.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { InputRow, ImageTaker } from "./input-set.ts";

/** The main path's preprocessing of one image; null for callers that take images unchanged. */
export async function imageRow(
  id: string,
  source: PlainSource,
  model: ImageTaker,
  expected: number | null,
  decodeOther: (files: readonly Uint8Array[]) => Promise<(Levels | Error)[]> = noDecoder,
): Promise<InputRow> {
  if (model.asFound === true) return { id, feeds: new Map(), source, expected, expectedOutputs: null };
  const [prepared] = await preprocess({ model, items: [{ id, source }] }, { images: [], readImage, decodeOther });
  if (prepared === undefined) throw new Error(`${id} was not prepared`);
  const feeds = prepared.ok ? feedsOf(model, prepared.tensor) : prepared.error;
  return { id, feeds, expected, expectedOutputs: null };
}

async function readImage({ id }: ImageEntry): Promise<Uint8Array> {
  throw new Error(`the built-in image ${id} is read as a file`);
}

async function noDecoder(files: readonly Uint8Array[]): Promise<Error[]> {
  return files.map(
    () =>
      new IsobitError("UNSUPPORTED_IMAGE", "No decoder for this image format is available. Convert the image to PNG."),
  );
}

/** If the graph has a fixed batch, the other rows are zeros, as when it is served. */
function feedsOf({ input }: ImageModel, tensor: Float32Array): NamedTensors {
  const batch = new Float32Array((input.fixedBatch ?? 1) * input.elements);
  batch.set(tensor);
  const dims = input.shape.map((size) => (size === -1 ? 1 : size));
  return new Map([[input.name, { type: "float32", dims, bytes: bytesOf(batch) }]]);
}

/** The class of a label; null for one that the model does not have. */
export function classOf(label: string, { labels }: ImageModel): number | null {
  const index = labels.indexOf(label);
  return index < 0 ? null : index;
}
