import { base64 } from "@scure/base";
import { bytesOf } from "#core/tensors/bits.ts";
import type { BackendId } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import { MAX_FILE_BYTES } from "#core/limits.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import { normalise } from "#core/model/normalise.ts";
import { decodePng, isPng } from "#core/image/png/png.ts";
import type { Host } from "#core/host.ts";
import { readText } from "./asked.ts";
import { withLightInk } from "./light-ink.ts";
import { predictOn } from "./predict.ts";
import { asRefusal, RestRefusal, unprocessable } from "./refusal.ts";
import { cpuBackend } from "./roles.ts";

const DATA_URL = /^data:image\/png;base64,/i;

/**
 * MathSketch's POST /predict: a drawing as base64 of a PNG, with or without its `data:` prefix, becomes the default
 * model's tensor by the main path's own stages and runs on what plays `cpu`.
 * @throws RestRefusal 422 if it is not a drawing, 413 if it is too large
 */
export async function predictDrawing(
  body: Readonly<Record<string, unknown>>,
  host: Host,
  named?: BackendId,
): Promise<{ prediction: number; timestamp: string }> {
  const tensor = drawingTensor(decodeImageData(body["image_data"]), host);
  const backend = cpuBackend(host.side, named);
  const { classIndex } = await predictOn("cpu", backend, { kind: "tensor", bytes: bytesOf(tensor) }, host);
  return { prediction: classIndex, timestamp: host.timestamp() };
}

function decodeImageData(value: unknown): Uint8Array {
  const text = readText("body", "image_data", value);
  if (typeof text !== "string") throw unprocessable(text);
  const bytes = decodeBase64(text.replace(DATA_URL, "").replaceAll(/\s/g, ""));
  if (bytes.length > MAX_FILE_BYTES) {
    throw new RestRefusal(413, `image_data has ${bytes.length} bytes; the limit is ${MAX_FILE_BYTES}.`);
  }
  if (bytes.length === 0) throw badImageData("image_data is empty");
  if (!isPng(bytes)) throw badImageData("image_data is not a PNG");
  return bytes;
}

function decodeBase64(text: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch {
    throw badImageData("image_data is not valid base64, with or without the prefix data:image/png;base64,");
  }
}

function drawingTensor(png: Uint8Array, { catalogue }: Host): Float32Array {
  const [model] = catalogue.models;
  if (!model) throw new Error("no model is served");
  try {
    return normalise(modelLevels(withLightInk(decodePng(png)), model), model);
  } catch (error) {
    if (!(error instanceof IsobitError)) throw error;
    throw error.code === "UNSUPPORTED_IMAGE" ? badImageData(error.message) : asRefusal(error);
  }
}

function badImageData(msg: string): RestRefusal {
  return unprocessable({ loc: ["body", "image_data"], msg, type: "value_error" });
}
