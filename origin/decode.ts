import sharp from "sharp";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { RgbaImage } from "#core/image/image.ts";
import { DECODES_AT_ONCE, MAX_DECODED_PIXELS, MAX_FILE_BYTES, MAX_IMAGE_PIXELS } from "#core/limits.ts";
import { oneLine } from "./log.ts";

/*
 * libvips also reads SVG, PDF and more where it was built so; only these loaders may see a stranger's bytes. PNG is
 * among them for completeness, though `core/image/png/png.ts` decodes it on every side.
 */
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["Jpeg", "Png", "Webp", "Heif", "Nsgif", "Tiff"].map((loader) => `VipsForeignLoad${loader}Buffer`),
});
// Every image is seen once, so cached operations would only hold memory.
sharp.cache(false);

const READABLE = "PNG, JPEG, WebP, AVIF, GIF and TIFF";
const NO_LOADER = /unsupported image format|Input .* is empty/;
const OVER_LIMIT = /exceeds pixel limit/;

/**
 * Decodes each file separately: the first frame or page, turned as its EXIF orientation says, converted to sRGB (by its
 * embedded colour profile where it has one), 8 bits per channel, not premultiplied.
 * @param use what to keep of an image, so that only one whole image is held at a time
 * @returns what `use` made or an IsobitError (UNSUPPORTED_IMAGE, INPUT_TOO_LARGE) for each file, in the same order
 */
export async function decodeImages<T>(
  files: readonly Uint8Array[],
  use: (image: RgbaImage) => T,
): Promise<(T | Error)[]> {
  const decoded: (T | Error)[] = [];
  let pixelsLeft = MAX_DECODED_PIXELS;
  for (const file of files) {
    const one = await inTurn(() => decodeOne(file, pixelsLeft)).catch(asRefusal);
    if (!(one instanceof Error)) pixelsLeft -= one.width * one.height;
    decoded.push(one instanceof Error ? one : use(one));
  }
  return decoded;
}

let free = DECODES_AT_ONCE;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

async function decodeOne(file: Uint8Array, pixelsLeft: number): Promise<RgbaImage> {
  if (file.byteLength > MAX_FILE_BYTES) {
    throw new IsobitError("INPUT_TOO_LARGE", `The image's file is over ${MAX_FILE_BYTES / 1024 / 1024} MiB.`);
  }
  const image = sharp(file, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: "warning", autoOrient: true });
  const header = await image.metadata();
  if (header.width * header.height > pixelsLeft) {
    throw new IsobitError(
      "INPUT_TOO_LARGE",
      `The images of one request may have ${MAX_DECODED_PIXELS} pixels together; this one exceeds that. Send fewer per request.`,
    );
  }
  const raw = image.toColourspace("srgb").ensureAlpha().raw({ depth: "uchar" });
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    rgba: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function asRefusal(error: unknown): IsobitError {
  if (error instanceof IsobitError) return error;
  const message = messageOf(error);
  const options = { cause: error };
  if (OVER_LIMIT.test(message)) {
    return new IsobitError(
      "INPUT_TOO_LARGE",
      `The image has more than ${MAX_IMAGE_PIXELS} pixels. Scale it down.`,
      options,
    );
  }
  if (NO_LOADER.test(message)) {
    return new IsobitError(
      "UNSUPPORTED_IMAGE",
      `The file is not an image in a supported format: ${READABLE}.`,
      options,
    );
  }
  return new IsobitError("UNSUPPORTED_IMAGE", `The image is cut short or damaged: ${lastWords(message)}.`, options);
}

/** libvips lists every attempt; its last line is the cause. */
function lastWords(message: string): string {
  return oneLine(message).split(" | ").at(-1) ?? message;
}
