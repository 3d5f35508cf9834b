import { bytesOf, floatsOf } from "./tensors/bits.ts";
import { IsobitError, messageOf } from "./errors.ts";
import type { Levels } from "./image/grey.ts";
import type { PlainSource } from "./image/image.ts";
import { MAX_FILE_BYTES, ROWS_BETWEEN_PAUSES } from "./limits.ts";
import { modelLevels } from "./model/model-levels.ts";
import type { ImageModel } from "./model/model.ts";
import { normalise } from "./model/normalise.ts";
import type { Host } from "./host.ts";
import { checkImageFormat } from "./image/image-format.ts";
import { decodePng, isPng } from "./image/png/png.ts";
import { sha256Hex } from "./tensors/sha256.ts";
import { findImage, type Plan } from "./validate.ts";

/** One row's input, ready for every backend, or its error. */
export type PreparedInput =
  | {
      readonly ok: true;
      readonly id: string;
      /** `model.input.elements` long; shared between rows that name the same image. */
      readonly tensor: Float32Array;
      /** SHA-256 of the tensor's little-endian bytes, computed when it is first read: it costs as much as the rest. */
      readonly sha256: string;
    }
  | { readonly ok: false; readonly id: string; readonly error: IsobitError };

/** A source in progress: the tensor, an encoded image that is not PNG, or the error. */
type Material = Float32Array | Encoded | IsobitError;

interface Encoded {
  readonly encoded: Uint8Array;
  /** The model whose preprocessing applies to the decoded levels. */
  readonly model: ImageModel;
}

export type ImageHost = Pick<Host, "images" | "readImage" | "decodeOther" | "sha256"> & Partial<Pick<Host, "pause">>;

/**
 * Turns every planned input into the model's input tensor, once, with the same bytes on every side. Images that are not
 * PNG go to the host in one call. A failing input does not affect the others.
 */
export async function preprocess(
  plan: { readonly model: ImageModel; readonly items: Plan["items"] },
  host: ImageHost,
): Promise<PreparedInput[]> {
  const images = new Map<string, Promise<Material>>();
  const inverting = withOppositeInk(plan.model);
  const materialFor = ({ source: given }: Plan["items"][number]): Material | Promise<Material> => {
    if (given instanceof IsobitError) return given;
    const [source, model] = given.kind === "inverted" ? [given.source, inverting] : [given, plan.model];
    if (source.kind !== "image") return attempt(() => materialOf(source, model));
    const key = `${given.kind} ${source.id}`;
    const known = images.get(key) ?? readBuiltIn(source.id, model, host);
    images.set(key, known);
    return known;
  };
  const materials: Material[] = [];
  for (let at = 0; at < plan.items.length; at += ROWS_BETWEEN_PAUSES) {
    if (at > 0) await host.pause?.(ROWS_BETWEEN_PAUSES);
    materials.push(...(await Promise.all(plan.items.slice(at, at + ROWS_BETWEEN_PAUSES).map(materialFor))));
  }
  const decoded = await decodeRest(materials, plan.model, host);
  const hash = host.sha256 ?? sha256Hex;
  return plan.items.map(({ id }, row) => prepared(id, decoded.get(materials[row]!) ?? materials[row]!, hash));
}

/** Inverting a level before and during preprocessing cancels out, so an inverting model stops inverting. */
function withOppositeInk(model: ImageModel): ImageModel {
  return { ...model, preprocess: { ...model.preprocess, invert: !model.preprocess.invert } };
}

function prepared(id: string, material: Material, hash: typeof sha256Hex): PreparedInput {
  if (material instanceof IsobitError) return { ok: false, id, error: material };
  if (!(material instanceof Float32Array)) throw new Error(`input ${id} was never decoded`);
  let sha256: string | undefined;
  return {
    ok: true,
    id,
    tensor: material,
    get sha256() {
      return (sha256 ??= hash(bytesOf(material)));
    },
  };
}

/** One result per input, in order: an input that could not be prepared has its error as its result. */
export function withInputErrors<Result>(inputs: readonly PreparedInput[], results: readonly Result[]) {
  const next = results.values();
  return inputs.map((input): Result | { readonly ok: false; readonly error: IsobitError } => {
    if (!input.ok) return { ok: false, error: input.error };
    const { done, value } = next.next();
    if (done) throw new Error("fewer results than prepared inputs");
    return value;
  });
}

async function readBuiltIn(id: string, model: ImageModel, host: ImageHost): Promise<Material> {
  try {
    const bytes = await host.readImage(findImage(id, host.images));
    return fileMaterial(bytes, model);
  } catch (error) {
    if (error instanceof IsobitError) return error;
    const message = `The built-in image ${JSON.stringify(id)} could not be read: ${messageOf(error)}`;
    return new IsobitError("IMAGE_NOT_FOUND", message, { cause: error });
  }
}

function materialOf(source: Exclude<PlainSource, { kind: "image" }>, model: ImageModel): Material {
  switch (source.kind) {
    case "file":
      return fileMaterial(source.bytes, model);
    case "pixels":
      return pixelsTensor(source.bytes, model);
    case "tensor":
      return givenTensor(source.bytes, model);
  }
}

function fileMaterial(bytes: Uint8Array, model: ImageModel): Material {
  if (bytes.length === 0) throw new IsobitError("BAD_INPUT", "The file is empty. Send an encoded image.");
  if (bytes.length > MAX_FILE_BYTES) {
    const message = `The file has ${bytes.length} bytes; the limit is ${MAX_FILE_BYTES}. Send a smaller image.`;
    throw new IsobitError("INPUT_TOO_LARGE", message);
  }
  if (isPng(bytes)) return normalise(modelLevels(decodePng(bytes), model), model);
  checkImageFormat(bytes);
  return { encoded: bytes, model };
}

/** Grey levels at the model's size: like an image that needs neither decoding nor resizing. */
function pixelsTensor(bytes: Uint8Array, model: ImageModel): Float32Array {
  const { width, height } = model.input;
  if (bytes.length !== width * height) {
    const message = `\`pixels\` has ${bytes.length} bytes; ${model.id} takes ${width} x ${height} = ${width * height}, one per pixel.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  return normalise({ width, height, channels: 1, values: bytes }, model);
}

/** Taken unchanged, including NaN: the comparison shows what the model makes of it. */
function givenTensor(bytes: Uint8Array, model: ImageModel): Float32Array {
  const { elements } = model.input;
  if (bytes.length !== elements * 4) {
    const message = `\`tensor\` has ${bytes.length} bytes; ${model.id} takes ${elements * 4}: ${elements} float32 values.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  return floatsOf(bytes);
}

/** Decodes what is not PNG, each file once, and returns what each became. */
async function decodeRest(
  materials: readonly Material[],
  model: ImageModel,
  host: ImageHost,
): Promise<ReadonlyMap<Material, Material>> {
  const waiting = [...new Set(materials.filter(isEncoded))];
  if (waiting.length === 0) return new Map();
  const outcomes = await decodeOther(waiting, model, host);
  return new Map(
    waiting.map((material, index) => [material, attempt(() => decodedTensor(outcomes[index]!, material.model))]),
  );
}

function isEncoded(material: Material): material is Encoded {
  return "encoded" in material;
}

async function decodeOther(
  files: readonly Encoded[],
  model: ImageModel,
  host: ImageHost,
): Promise<readonly (Levels | Error)[]> {
  try {
    const encoded = files.map((file) => file.encoded);
    const outcomes = await host.decodeOther(encoded, model);
    if (outcomes.length === files.length) return outcomes;
    throw new Error(`the decoder answered ${outcomes.length} of ${files.length} files`);
  } catch (error) {
    const failure = asDecodingError(error);
    return files.map(() => failure);
  }
}

function decodedTensor(outcome: Levels | Error, model: ImageModel): Float32Array {
  if (outcome instanceof Error) throw asDecodingError(outcome);
  checkDecoded(outcome, model);
  return normalise(outcome, model);
}

/** Levels from another machine are checked before they are used. */
function checkDecoded({ width, height, channels, values }: Levels, { id, input }: ImageModel): void {
  const fits = width === input.width && height === input.height && channels === input.channels;
  if (fits && values.length === width * height * channels) return;
  const found = `${values.length} levels for ${width} x ${height} pixels of ${channels}`;
  const wanted = `${input.width} x ${input.height} of ${input.channels}`;
  throw new IsobitError(
    "UNSUPPORTED_IMAGE",
    `The decoder gave ${found}; ${id} takes ${wanted}. Send the image as PNG.`,
  );
}

function asDecodingError(error: unknown): IsobitError {
  if (error instanceof IsobitError) return error;
  const message = `The file could not be decoded: ${messageOf(error)}`;
  return new IsobitError("UNSUPPORTED_IMAGE", message, { cause: error });
}

/** Returns a refusal as a value; other exceptions pass. */
function attempt(make: () => Material): Material {
  try {
    return make();
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}
