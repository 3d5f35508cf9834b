import type { Levels } from "../grey.ts";
import { resize } from "../resize.ts";
import { crop, inkBox } from "./bounding-box.ts";

/** Pixels of a model's input. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** MNIST's own proportion: its digits fill 20 of 28 pixels. */
const INK_SHARE = 20 / 28;

/**
 * Light ink on a dark ground as MNIST was made of its scans (yann.lecun.com/exdb/mnist): cropped to the ink, scaled to
 * fit 20 x 20 of 28 x 28 with its aspect kept, and laid so that its centre of mass is the middle. The scaling is the
 * main path's own area averaging, which is what gives thin lines their greys; everything is integer arithmetic or
 * rounded once, so that every engine gives the same pixels.
 *
 * MNIST lets no ink fall off, and neither does this: a centre of mass far off the box's middle stops at the edge.
 * @param ink one channel
 * @returns levels of the given size, or null where there is no ink
 */
export function centreInk(ink: Levels, size: Size): Levels | null {
  const box = inkBox(ink);
  if (box === null) return null;
  const scaled = scaleInto(crop(ink, box), {
    width: Math.max(1, Math.round(size.width * INK_SHARE)),
    height: Math.max(1, Math.round(size.height * INK_SHARE)),
  });
  const mass = centreOfMass(scaled);
  // A few dots so faint that scaling leaves nothing of them are no drawing either.
  if (mass === null) return null;
  return place(scaled, size, {
    left: between(0, Math.round(size.width / 2 - mass.x), size.width - scaled.width),
    top: between(0, Math.round(size.height / 2 - mass.y), size.height - scaled.height),
  });
}

function scaleInto(levels: Levels, room: Size): Levels {
  const factor = Math.min(room.width / levels.width, room.height / levels.height);
  const width = between(1, Math.round(levels.width * factor), room.width);
  const height = between(1, Math.round(levels.height * factor), room.height);
  return resize(levels, width, height);
}

/** In pixels from the top left corner, each pixel's mass being at its middle; null where nothing has mass. */
export function centreOfMass({ width, values }: Levels): { readonly x: number; readonly y: number } | null {
  let [mass, x, y] = [0, 0, 0];
  values.forEach((level, at) => {
    mass += level;
    x += level * (2 * (at % width) + 1);
    y += level * (2 * Math.floor(at / width) + 1);
  });
  return mass === 0 ? null : { x: x / (2 * mass), y: y / (2 * mass) };
}

function place(levels: Levels, { width, height }: Size, { left, top }: { left: number; top: number }): Levels {
  const values = new Uint8Array(width * height);
  for (let y = 0; y < levels.height; y++) {
    values.set(levels.values.subarray(y * levels.width, (y + 1) * levels.width), (top + y) * width + left);
  }
  return { width, height, channels: 1, values };
}

function between(lowest: number, value: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
