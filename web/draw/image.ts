import { MAX_FILE_BYTES, MAX_IMAGE_PIXELS } from "#core/limits.ts";
import { inkOf } from "#core/image/sketch/ink.ts";
import { formatMebibytes } from "../format.ts";
import { PAD_SIDE, type PastedImage } from "./drawing.ts";

/** How much of the pad an image fills: a little paper around it shows where it ends. */
const FILLED = 0.9;

/**
 * An image that was dropped, pasted or chosen, as ink on the pad. The browser decodes it; nothing is sent.
 * @throws Error in words for the reader
 */
export async function readImage(file: Blob): Promise<PastedImage> {
  if (file.size === 0) throw new Error("This is an empty file. Try a PNG or a JPEG.");
  if (file.size > MAX_FILE_BYTES) {
    const [has, most] = [formatMebibytes(file.size), formatMebibytes(MAX_FILE_BYTES)];
    throw new Error(`The image has ${has}; at most ${most} fit. Make it smaller.`);
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error("This file is no image that this browser can read. Try a PNG or a JPEG.");
  });
  try {
    return { kind: "image", ink: inkOnPad(bitmap) };
  } finally {
    bitmap.close();
  }
}

/** Fitted into the pad with its aspect kept, on what the image's own ground becomes: nothing. */
function inkOnPad(bitmap: ImageBitmap): Uint8Array {
  if (bitmap.width * bitmap.height > MAX_IMAGE_PIXELS) {
    throw new Error(`The image is ${bitmap.width} x ${bitmap.height} pixels, too many. Make it smaller.`);
  }
  const scale = (PAD_SIDE * FILLED) / Math.max(bitmap.width, bitmap.height);
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser gives no 2D canvas, so no image can be read.");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const ink = inkOf({ width, height, rgba: new Uint8Array(context.getImageData(0, 0, width, height).data) });
  if (ink.values.every((level) => level === 0)) {
    throw new Error("Nothing stands out from the ground of this image. Try one with more contrast.");
  }
  const pad = new Uint8Array(PAD_SIDE * PAD_SIDE);
  const [left, top] = [(PAD_SIDE - width) >> 1, (PAD_SIDE - height) >> 1];
  for (let y = 0; y < height; y++) {
    pad.set(ink.values.subarray(y * width, (y + 1) * width), (top + y) * PAD_SIDE + left);
  }
  return pad;
}

/** The first image among what was dropped or pasted. */
export function imageIn(transfer: DataTransfer | null): File | undefined {
  return [...(transfer?.files ?? [])].find(({ type }) => type.startsWith("image/"));
}
