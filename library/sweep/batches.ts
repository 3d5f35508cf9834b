import { IsobitError } from "#core/errors.ts";
import type { InputRow, InputSet } from "../inputs/input-set.ts";
import { MAX_BATCH_BYTES } from "./limits.ts";

/** An image on its way, with its place in the data set. */
export interface PlacedImage {
  readonly index: number;
  readonly id: string;
  readonly expected: number | null;
  /** As GraphQL's ImageInput takes it, or why it could not be read. */
  readonly input: WireInput | IsobitError;
}

/** Base64, but for the id of a built-in image. */
export type WireInput =
  | { readonly image: string }
  | { readonly file: string }
  | { readonly pixels: string }
  | { readonly tensor: string };

/**
 * The images in order, a few at a time: as many as asked for, fewer where they are large.
 * @param elements of one input tensor
 * @param isDone by place: those are left out
 */
export async function* batchesOf(
  images: InputSet,
  { size, elements, isDone }: { readonly size: number; readonly elements: number; isDone(index: number): boolean },
): AsyncGenerator<readonly PlacedImage[]> {
  let batch: PlacedImage[] = [];
  let bytes = 0;
  let index = -1;
  for await (const row of images) {
    if (isDone(++index)) continue;
    const input = wireInput(row, elements);
    const own = input instanceof IsobitError ? 0 : Object.values(input)[0]!.length;
    if (batch.length > 0 && (batch.length >= size || bytes + own > MAX_BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push({ index, id: row.id, expected: row.expected, input });
    bytes += own;
  }
  if (batch.length > 0) yield batch;
}

function wireInput({ source, feeds }: InputRow, elements: number): WireInput | IsobitError {
  switch (source?.kind) {
    case "image":
      return { image: source.id };
    case "file":
      return { file: base64(source.bytes) };
    case "pixels":
      return { pixels: base64(source.bytes) };
    case "tensor":
      return { tensor: base64(source.bytes) };
  }
  if (feeds instanceof IsobitError) return feeds;
  const [tensor] = feeds.values();
  // Where the graph insists on a batch, the image is its first row.
  return { tensor: base64(tensor!.bytes.subarray(0, elements * Float32Array.BYTES_PER_ELEMENT)) };
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
