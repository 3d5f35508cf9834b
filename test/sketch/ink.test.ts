import { describe, expect, it } from "vitest";
import type { RgbaImage } from "#core/image/image.ts";
import { inkBox } from "#core/image/sketch/bounding-box.ts";
import { inkOf } from "#core/image/sketch/ink.ts";
import { sketchPixels } from "#core/image/sketch/sketch.ts";

const SIDE = 40;
type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/** A bar of one colour on a ground of another. */
function bar(ink: Colour, ground: Colour): RgbaImage {
  const rgba = new Uint8Array(SIDE * SIDE * 4);
  for (let at = 0; at < SIDE * SIDE; at++) {
    const x = at % SIDE;
    const y = Math.floor(at / SIDE);
    rgba.set(x >= 12 && x < 18 && y >= 5 && y < 35 ? ink : ground, 4 * at);
  }
  return { width: SIDE, height: SIDE, rgba };
}

const BLACK: Colour = [0, 0, 0, 255];
const WHITE: Colour = [255, 255, 255, 255];
const NOTHING: Colour = [0, 0, 0, 0];

describe("an image from another source, as ink", () => {
  it.each<[string, Colour, Colour]>([
    ["dark on light", BLACK, WHITE],
    ["light on dark", WHITE, BLACK],
    ["dark on nothing", BLACK, NOTHING],
    ["light on nothing", WHITE, NOTHING],
    ["blue on yellowed paper", [20, 40, 130, 255], [250, 240, 210, 255]],
    ["pale grey on grey", [150, 150, 150, 255], [90, 90, 90, 255]],
  ])("is the same bar of full strength: %s", (_, ink, ground) => {
    const found = inkOf(bar(ink, ground));
    expect(inkBox(found)).toEqual({ left: 12, right: 18, top: 5, bottom: 35 });
    expect(new Set(found.values)).toEqual(new Set([0, 255]));
  });

  it("treats the paper's grain as paper", () => {
    const image = bar(BLACK, WHITE);
    const noisy = image.rgba.map((level, at) =>
      at % 4 === 3 ? 255 : Math.max(0, Math.min(255, level + ((at * 7919) % 21) - 20)),
    );
    expect(inkBox(inkOf({ ...image, rgba: noisy }))).toEqual({ left: 12, right: 18, top: 5, bottom: 35 });
  });

  it.each<[string, Colour]>([
    ["white", WHITE],
    ["black", BLACK],
    ["transparent", NOTHING],
  ])("is nothing where nothing stands out: %s", (_, colour) => {
    expect(sketchPixels(bar(colour, colour), { width: 28, height: 28 })).toBeNull();
  });

  it("becomes the same pixels as the same ink from the pad", () => {
    const size = { width: 28, height: 28 };
    expect(sketchPixels(bar(BLACK, WHITE), size)).toEqual(sketchPixels(bar(WHITE, NOTHING), size, "pad"));
  });
});
