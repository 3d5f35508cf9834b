import { base64 } from "@scure/base";
import { MAX_BODY_BYTES, MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import { formatCount, formatMebibytes } from "../format.ts";

/** What one image is sent as. */
export type SentImage = { readonly pixels: string } | { readonly file: string };

/** One image as the page can show it. */
export type Preview =
  | { readonly kind: "pixels"; readonly width: number; readonly height: number; readonly pixels: Uint8Array }
  | { readonly kind: "file"; readonly file: Blob };

/** Many images for one model, numbered from 0. */
export interface ImageSet {
  /** What they are, as an export says it: enough to make them again where that is possible. */
  readonly description: string;
  readonly count: number;
  /** The label that each one shows; null where that is not known. */
  readonly labels: readonly string[] | null;
  name(place: number): string;
  preview(place: number): Preview;
  /** Upper bound of what `sent` takes in a request. */
  readonly bodyBytes: number;
  /** @throws Error where a file cannot be read any more */
  sent(): Promise<SentImage[]>;
}

/** Grey levels of many images of one size, one after another: a byte a pixel, and no object an image. */
export interface GreyLevels {
  readonly width: number;
  readonly height: number;
  readonly levels: Uint8Array;
}

/** Of each image, beside its base64: braces, quotes, the field's name. */
const FRAME_BYTES = 16;
/** Of the request, beside its images: the query and its other variables. */
const QUERY_BYTES = 16 * 1024;

/** @param about names and labels, as many as there are images */
export function greySet(
  { width, height, levels }: GreyLevels,
  about: Pick<ImageSet, "description" | "labels" | "name">,
): ImageSet {
  const size = width * height;
  const count = levels.length / size;
  const pixelsOf = (place: number) => levels.subarray(place * size, (place + 1) * size);
  return {
    ...about,
    count,
    preview: (place) => ({ kind: "pixels", width, height, pixels: pixelsOf(place) }),
    bodyBytes: count * (base64Length(size) + FRAME_BYTES),
    sent: async () => Array.from({ length: count }, (_, place) => ({ pixels: base64.encode(pixelsOf(place)) })),
  };
}

/** Encoded images, which the side that is asked decodes. */
export function fileSet(files: readonly File[]): ImageSet {
  return {
    description: `${formatCount(files.length)} image files`,
    count: files.length,
    labels: null,
    name: (place) => files[place]?.name ?? String(place),
    preview: (place) => ({ kind: "file", file: files[place] ?? new Blob() }),
    bodyBytes: files.reduce((sum, { size }) => sum + base64Length(size) + FRAME_BYTES, 0),
    sent: () =>
      Promise.all(files.map(async (file) => ({ file: base64.encode(new Uint8Array(await file.arrayBuffer())) }))),
  };
}

/** Why so many images cannot be asked about at once; null where they can. */
export function tooMuch({ count, bodyBytes }: Pick<ImageSet, "count" | "bodyBytes">): string | null {
  if (count === 0) return "There is no image to run.";
  if (count > MAX_IMAGES_PER_QUERY) {
    return `There are ${formatCount(count)} images; a sweep from this page takes at most ${formatCount(MAX_IMAGES_PER_QUERY)}. Take fewer, or use \`isobit sweep\`, which takes any number.`;
  }
  if (bodyBytes + QUERY_BYTES > MAX_BODY_BYTES) {
    return `These images make a request of ${formatMebibytes(bodyBytes + QUERY_BYTES)}; at most ${formatMebibytes(MAX_BODY_BYTES)} fit. Take fewer or smaller ones, or use \`isobit sweep\`.`;
  }
  return null;
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}
