import { base64 } from "@scure/base";
import { MAX_BODY_BYTES, MAX_IMAGES_PER_QUERY } from "#core/limits.ts";
import { formatCount, formatMebibytes } from "../format.ts";

/** One image in a request. */
export type SentImage = { readonly pixels: string } | { readonly file: string };

/** One image, to be shown on the page. */
export type Preview =
  | { readonly kind: "pixels"; readonly width: number; readonly height: number; readonly pixels: Uint8Array }
  | { readonly kind: "file"; readonly file: Blob };

/** Images for one model, numbered from 0. */
export interface ImageSet {
  /** For exports: enough to generate the images again, where possible. */
  readonly description: string;
  readonly count: number;
  /** The label of each image; null if unknown. */
  readonly labels: readonly string[] | null;
  name(place: number): string;
  preview(place: number): Preview;
  /** Upper bound of the request's size. */
  readonly bodyBytes: number;
  /** @throws Error if a file can no longer be read */
  sent(): Promise<SentImage[]>;
}

/** Grey levels of many images of one size, concatenated: one byte per pixel. */
export interface GreyLevels {
  readonly width: number;
  readonly height: number;
  readonly levels: Uint8Array;
}

/** Per image, in addition to its base64: braces, quotes, the field's name. */
const FRAME_BYTES = 16;
/** In addition to the images: the query and its other variables. */
const QUERY_BYTES = 16 * 1024;

/** @param about names and labels, one per image */
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

/** Encoded images, which the server decodes. */
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

/** Why the images do not fit into one request; null if they do. */
export function tooMuch({ count, bodyBytes }: Pick<ImageSet, "count" | "bodyBytes">): string | null {
  if (count === 0) return "There are no images to run.";
  if (count > MAX_IMAGES_PER_QUERY) {
    return `There are ${formatCount(count)} images; this page sweeps at most ${formatCount(MAX_IMAGES_PER_QUERY)}. Use fewer, or run \`isobit sweep\`, which has no limit.`;
  }
  if (bodyBytes + QUERY_BYTES > MAX_BODY_BYTES) {
    return `These images need a request of ${formatMebibytes(bodyBytes + QUERY_BYTES)}; the limit is ${formatMebibytes(MAX_BODY_BYTES)}. Use fewer or smaller images, or run \`isobit sweep\`.`;
  }
  return null;
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}
