import { levelsOf } from "#core/image/grey.ts";
import { decodePng } from "#core/image/png/png.ts";
import { resize } from "#core/image/resize.ts";
import type { Size } from "#core/image/sketch/centre.ts";
import type { Image } from "../queries.ts";
import { greySet, type ImageSet } from "./images.ts";

/** In pixels. */
export const SHIFT = Object.freeze({ least: 0, usual: 3, most: 9 });

/** The number of images per digit. */
export function shiftsOf(range: number): number {
  return (2 * range + 1) ** 2;
}

/**
 * The built-in digits, each shifted by every (dx, dy) from -range to range; the exposed edges are black.
 * @throws Error if an image cannot be loaded or decoded
 */
export async function shiftedDigits(images: readonly Image[], size: Size, range: number): Promise<ImageSet> {
  const digits = await Promise.all(images.map((image) => readDigit(image, size)));
  const shifts = shiftsOf(range);
  const area = size.width * size.height;
  const levels = new Uint8Array(images.length * shifts * area);
  const shiftAt = (place: number) => {
    const shift = place % shifts;
    return { dx: (shift % (2 * range + 1)) - range, dy: Math.floor(shift / (2 * range + 1)) - range };
  };
  const digitAt = (place: number) => Math.floor(place / shifts);
  for (let place = 0; place < images.length * shifts; place++) {
    const { dx, dy } = shiftAt(place);
    shiftInto(levels.subarray(place * area, (place + 1) * area), digits[digitAt(place)]!, size, dx, dy);
  }
  return greySet(
    { ...size, levels },
    {
      description: `the built-in digits, each shifted by every (dx, dy) from ${-range} to ${range} pixels`,
      labels: Array.from({ length: images.length * shifts }, (_, place) => images[digitAt(place)]!.label),
      name: (place) => {
        const { dx, dy } = shiftAt(place);
        return `${images[digitAt(place)]?.id} shifted (${signed(dx)}, ${signed(dy)})`;
      },
    },
  );
}

async function readDigit({ id, url }: Image, { width, height }: Size): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`The image ${id} could not be loaded: the edge responded with status ${response.status}.`);
  const image = decodePng(new Uint8Array(await response.arrayBuffer()));
  return resize(levelsOf(image, 1), width, height).values;
}

/** Shifts right by dx and down by dy. */
function shiftInto(into: Uint8Array, from: Uint8Array, { width, height }: Size, dx: number, dy: number): void {
  for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
    for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x++) {
      into[y * width + x] = from[(y - dy) * width + x - dx]!;
    }
  }
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0";
}
