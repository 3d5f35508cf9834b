import { MAX_FILE_BYTES, MAX_IMAGE_PIXELS } from "#core/limits.ts";
import { inkOf } from "#core/image/sketch/ink.ts";
import { formatMebibytes } from "../format.ts";
import { PAD_SIDE, type PastedImage } from "./drawing.ts";

/** The share of the pad that an image fills: the margin shows where it ends. */
const FILLED = 0.9;

/**
 * A dropped, pasted or chosen image as ink on the pad. The browser decodes it; nothing is sent.
 * @throws Error whose message the user can act on
 */
export async function readImage(file: Blob): Promise<PastedImage> {
  if (file.size === 0) throw new Error("This file is empty. Try a PNG or JPEG file.");
  if (file.size > MAX_FILE_BYTES) {
    const [has, most] = [formatMebibytes(file.size), formatMebibytes(MAX_FILE_BYTES)];
    throw new Error(`The image has ${has}; the limit is ${most}. Use a smaller image.`);
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("This browser cannot read that file as an image. Try a PNG or JPEG file.");
  });
  try {
    return { kind: "image", ink: inkOnPad(bitmap) };
  } finally {
    bitmap.close();
  }
}

/** Fits the image into the pad, keeping its aspect ratio; its background becomes empty. */
function inkOnPad(bitmap: ImageBitmap): Uint8Array {
  if (bitmap.width * bitmap.height > MAX_IMAGE_PIXELS) {
    throw new Error(`The image has too many pixels (${bitmap.width} x ${bitmap.height}). Use a smaller image.`);
  }
  const scale = (PAD_SIDE * FILLED) / Math.max(bitmap.width, bitmap.height);
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser does not support 2D canvases, so it cannot read images.");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const ink = inkOf({ width, height, rgba: new Uint8Array(context.getImageData(0, 0, width, height).data) });
  if (ink.values.every((level) => level === 0)) {
    throw new Error("Nothing stands out from the background of this image. Try one with more contrast.");
  }
  const pad = new Uint8Array(PAD_SIDE * PAD_SIDE);
  const [left, top] = [(PAD_SIDE - width) >> 1, (PAD_SIDE - height) >> 1];
  for (let y = 0; y < height; y++) {
    pad.set(ink.values.subarray(y * width, (y + 1) * width), (top + y) * PAD_SIDE + left);
  }
  return pad;
}

/** The first image among the dropped or pasted files. */
export function imageIn(transfer: DataTransfer | null): File | undefined {
  return [...(transfer?.files ?? [])].find(({ type }) => type.startsWith("image/"));
}
