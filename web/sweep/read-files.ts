import { messageOf } from "#core/errors.ts";
import { idxShape, parseIdx } from "#core/image/idx.ts";
import { MAX_FILE_BYTES, MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import { checkImageFormat } from "#core/image/image-format.ts";
import { isPng } from "#core/image/png/png.ts";
import type { Size } from "#core/image/sketch/centre.ts";
import { formatCount, formatMebibytes } from "../format.ts";
import { fileSet, greySet, type GreyLevels, type ImageSet } from "./images.ts";

/** The content of the chosen files: images of one size, which the model must take, or image files of any size. */
export type ChosenFiles =
  | {
      readonly kind: "idx";
      readonly name: string;
      readonly images: GreyLevels;
      /** One label index per image; null without a file of labels. */
      readonly labels: Uint8Array | null;
    }
  | { readonly kind: "images"; readonly files: readonly File[] };

/** IDX: two zero bytes, the type's code (8: unsigned bytes), the number of dimensions. */
const IDX_IMAGES = 0x0803;
const IDX_LABELS = 0x0801;
const GZIP = 0x1f8b;
/** Enough for the longest signature and for an IDX header of three dimensions. */
const START_BYTES = 16;
/** Larger than 10,000 images that fit into a request. */
const MAX_IDX_BYTES = 64 * 1024 * 1024;

/**
 * Reads the chosen or dropped files: one IDX file of images, optionally with its labels (each may be gzipped), or image
 * files. @throws Error whose message the user can act on
 */
export async function readFiles(files: readonly File[]): Promise<ChosenFiles> {
  if (files.length === 0) throw new Error("No files were dropped. Drop files, not text or a link.");
  const sorted = await Promise.all(files.map(async (file) => ({ file, kind: await kindOf(file) })));
  const of = (kind: Kind) => sorted.filter((each) => each.kind === kind).map(({ file }) => file);
  const [idx, labels, images] = [of("idx"), of("labels"), of("image")];
  if (images.length === files.length) return { kind: "images", files: images };
  if (images.length > 0) throw new Error("Choose either image files or an IDX file, not both.");
  const [first] = idx;
  if (idx.length > 1) throw new Error(`Choose one IDX file of images, not ${idx.length}.`);
  if (!first)
    throw new Error(`${labels[0]?.name} contains only labels. Choose it together with its IDX file of images.`);
  if (labels.length > 1) throw new Error(`Choose one IDX file of labels, not ${labels.length}.`);
  return { kind: "idx", name: first.name, ...(await readIdx(first, labels[0])) };
}

/** @throws Error if the images do not have the model's input size, or a label is not one of its labels */
export function setOf(chosen: ChosenFiles, model: { id: string; size: Size; labels: readonly string[] }): ImageSet {
  if (chosen.kind === "images") return fileSet(chosen.files);
  const { name, images, labels } = chosen;
  const { width, height } = model.size;
  if (images.width !== width || images.height !== height) {
    throw new Error(
      `The images in ${name} are ${images.width} x ${images.height}; ${model.id} takes ${width} x ${height}. Choose a file of that size, or PNG files.`,
    );
  }
  const strange = labels?.find((label) => label >= model.labels.length);
  if (strange !== undefined) {
    throw new Error(
      `The file of labels contains ${strange}; the labels of ${model.id} are 0 to ${model.labels.length - 1}.`,
    );
  }
  return greySet(images, {
    description: `the IDX file ${name}`,
    labels: labels && Array.from(labels, (label) => model.labels[label]!),
    name: (place) => `#${place}`,
  });
}

type Kind = "idx" | "labels" | "image";

async function kindOf(file: File): Promise<Kind> {
  if (file.size === 0) throw new Error(`${file.name} is empty. Choose other files.`);
  const start = await startOf(file);
  const [a = 0, b = 0, c = 0, d = 0] = start;
  if (a === 0 && b === 0) {
    if (c * 256 + d === IDX_IMAGES) return "idx";
    if (c * 256 + d === IDX_LABELS) return "labels";
    if (c >= 8 && c <= 14) {
      throw new Error(
        `${file.name} is an IDX file with ${d} dimensions of type 0x${c.toString(16).padStart(2, "0")}. Supported are images as unsigned bytes (0x08) with three dimensions, images x rows x columns, and labels with one.`,
      );
    }
  }
  if (file.size > MAX_FILE_BYTES) {
    throw new Error(
      `${file.name} has ${formatMebibytes(file.size)}; the limit is ${formatMebibytes(MAX_FILE_BYTES)}. Use a smaller image.`,
    );
  }
  try {
    if (!isPng(start)) checkImageFormat(start);
    return "image";
  } catch {
    throw new Error(
      `${file.name} is neither an IDX file nor an image (PNG, JPEG, WebP, AVIF, GIF, TIFF). Choose other files.`,
    );
  }
}

async function readIdx(
  images: File,
  labels: File | undefined,
): Promise<{ images: GreyLevels; labels: Uint8Array | null }> {
  const { shape, bytes } = await parse(images, 3);
  const [count = 0, height = 0, width = 0] = shape;
  if (count * height * width === 0) throw new Error(`${images.name} contains no images (${shape.join(" x ")}).`);
  const named = labels && (await parse(labels, 1)).bytes;
  if (labels && named && named.length !== count) {
    throw new Error(
      `${labels.name} has ${formatCount(named.length)} labels, but ${images.name} has ${formatCount(count)} images. They do not belong together.`,
    );
  }
  return { images: { width, height, levels: bytes }, labels: named ?? null };
}

/** Checks the header first, so that a file of too many images is refused before it is read completely. */
async function parse(file: File, rank: number): Promise<{ shape: number[]; bytes: Uint8Array }> {
  try {
    const packed = await isPacked(file);
    if (!packed) {
      const [count = 0] = idxShape(await startOf(file), file.size, rank);
      refuseTooMany(count);
    }
    const parsed = parseIdx(packed ? await unpacked(file) : new Uint8Array(await file.arrayBuffer()), rank);
    refuseTooMany(parsed.shape[0] ?? 0);
    return parsed;
  } catch (error) {
    throw new Error(`${file.name}: ${messageOf(error)}`, { cause: error });
  }
}

function refuseTooMany(count: number): void {
  if (count <= MAX_IMAGES_PER_QUERY) return;
  throw new Error(
    `it has ${formatCount(count)} images; this page sweeps at most ${formatCount(MAX_IMAGES_PER_QUERY)}. The command isobit sweep has no limit.`,
  );
}

/** The first bytes, decompressed if the file is gzipped. */
async function startOf(file: File): Promise<Uint8Array> {
  if (!(await isPacked(file))) return new Uint8Array(await file.slice(0, START_BYTES).arrayBuffer());
  return await readUpTo(unpack(file), START_BYTES).catch(() => new Uint8Array());
}

async function isPacked(file: File): Promise<boolean> {
  const [a = 0, b = 0] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return a * 256 + b === GZIP;
}

function unpack(file: File): ReadableStream<Uint8Array<ArrayBuffer>> {
  return file.stream().pipeThrough(new DecompressionStream("gzip"));
}

/** @throws Error if the content is too large: a small gzip file can expand to any size */
async function unpacked(file: File): Promise<Uint8Array> {
  const bytes = await readUpTo(unpack(file), MAX_IDX_BYTES + 1);
  if (bytes.length <= MAX_IDX_BYTES) return bytes;
  throw new Error(
    `unpacked, it is larger than ${formatMebibytes(MAX_IDX_BYTES)}. The command isobit sweep has no limit.`,
  );
}

/** At most `most` bytes of a stream; the rest is not read. */
async function readUpTo(stream: ReadableStream<Uint8Array<ArrayBuffer>>, most: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let length = 0; length < most;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  await reader.cancel();
  const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
  return whole.length > most ? whole.slice(0, most) : whole;
}
