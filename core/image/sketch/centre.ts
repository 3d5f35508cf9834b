import type { Levels } from "../grey.ts";
import { resize } from "../resize.ts";
import { crop, inkBox } from "./bounding-box.ts";

/** A model's input size, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** MNIST's proportion: its digits fill 20 of 28 pixels. */
const INK_SHARE = 20 / 28;

/**
 * Light ink on a dark ground, placed as in MNIST (yann.lecun.com/exdb/mnist): cropped to the ink, scaled to fit 20 x 20
 * of 28 x 28 with its aspect kept, with its centre of mass in the middle, but never beyond an edge. Scaling is the main
 * path's area averaging, which gives thin lines their greys; everything is integer arithmetic or rounded once, so that
 * every engine gives the same pixels.
 * @param ink one channel
 * @returns levels of the given size, or null without ink
 */
export function centreInk(ink: Levels, size: Size): Levels | null {
  const box = inkBox(ink);
  if (box === null) return null;
  const scaled = scaleInto(crop(ink, box), {
    width: Math.max(1, Math.round(size.width * INK_SHARE)),
    height: Math.max(1, Math.round(size.height * INK_SHARE)),
  });
  const mass = centreOfMass(scaled);
  // Scaling may leave nothing of a few faint dots.
  if (mass === null) return null;
  return place(scaled, size, {
    left: clamp(0, Math.round(size.width / 2 - mass.x), size.width - scaled.width),
    top: clamp(0, Math.round(size.height / 2 - mass.y), size.height - scaled.height),
  });
}

function scaleInto(levels: Levels, room: Size): Levels {
  const factor = Math.min(room.width / levels.width, room.height / levels.height);
  const width = clamp(1, Math.round(levels.width * factor), room.width);
  const height = clamp(1, Math.round(levels.height * factor), room.height);
  return resize(levels, width, height);
}

/** In pixels from the top left corner, each pixel's mass being at its middle; null without mass. */
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

function clamp(lowest: number, value: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
