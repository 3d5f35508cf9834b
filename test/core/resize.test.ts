import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Levels } from "#core/image/grey.ts";
import { resize } from "#core/image/resize.ts";

/** How much of source interval s lies under target interval t, both sides measured in units of 1/(sources * targets). */
function overlap(s: number, sources: number, t: number, targets: number): bigint {
  const start = Math.max(s * targets, t * sources);
  const end = Math.min((s + 1) * targets, (t + 1) * sources);
  return BigInt(Math.max(0, end - start));
}

/** The mean of the source under each target pixel, straight from its definition, as a rational rounded half up. */
function exactResize({ width, height, channels, values }: Levels, toWidth: number, toHeight: number): number[] {
  const area = BigInt(width * height);
  const out: number[] = [];
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0n;
        for (let sy = 0; sy < height; sy++) {
          for (let sx = 0; sx < width; sx++) {
            const weight = overlap(sy, height, y, toHeight) * overlap(sx, width, x, toWidth);
            sum += weight * BigInt(values[(sy * width + sx) * channels + channel]!);
          }
        }
        out.push(Number((2n * sum + area) / (2n * area)));
      }
    }
  }
  return out;
}

const side = fc.integer({ min: 1, max: 13 });
const anyLevels = fc.tuple(side, side, fc.constantFrom(1 as const, 3 as const)).chain(([width, height, channels]) => {
  const length = width * height * channels;
  return fc
    .uint8Array({ minLength: length, maxLength: length, size: "max" })
    .map((values): Levels => ({ width, height, channels, values }));
});

function shrink(...values: number[]): number {
  return resize({ width: values.length, height: 1, channels: 1, values: Uint8Array.from(values) }, 1, 1).values[0]!;
}

function transposed({ width, height, values }: Levels): Levels {
  const swapped = values.map((_, at) => values[(at % height) * width + Math.floor(at / height)]!);
  return { width: height, height: width, channels: 1, values: swapped };
}

describe("resizing", () => {
  it("gives the exact mean of what lies under each pixel, larger or smaller", () => {
    fc.assert(
      fc.property(anyLevels, side, side, (levels, width, height) => {
        const resized = resize(levels, width, height);
        expect(resized).toMatchObject({ width, height, channels: levels.channels });
        expect([...resized.values]).toEqual(exactResize(levels, width, height));
      }),
      { numRuns: 300 },
    );
  });

  it("hands an image of the right size through untouched", () => {
    fc.assert(
      fc.property(anyLevels, (levels) => {
        expect(resize(levels, levels.width, levels.height)).toBe(levels);
      }),
    );
  });

  it("rounds a half up, and the last step below a half down", () => {
    expect(shrink(0, 1)).toBe(1);
    expect(shrink(254, 255)).toBe(255);
    expect(shrink(254, 254, 255)).toBe(254);
    expect(shrink(0, 0, 1)).toBe(0);
  });

  it("keeps a plain area plain, at any size", () => {
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.integer({ min: 0, max: 255 }),
        (width, height, toWidth, toHeight, level) => {
          const values = new Uint8Array(width * height).fill(level);
          const resized = resize({ width, height, channels: 1, values }, toWidth, toHeight);
          expect(new Set(resized.values)).toEqual(new Set([level]));
        },
      ),
    );
  });

  it("turns with the image", () => {
    fc.assert(
      fc.property(anyLevels, side, side, (levels, width, height) => {
        fc.pre(levels.channels === 1);
        expect(transposed(resize(levels, width, height))).toEqual(resize(transposed(levels), height, width));
      }),
    );
  });

  it("stays exact at the largest size an image may have", () => {
    const [width, height] = [4096, 4096];
    const white = new Uint8Array(width * height).fill(255);
    const onlyLastBlack = white.with(width * height - 1, 0);
    expect([...resize({ width, height, channels: 1, values: white }, 3, 3).values]).toEqual(Array(9).fill(255));
    expect([...resize({ width, height, channels: 1, values: onlyLastBlack }, 1, 1).values]).toEqual([255]);
    // Half white, half black, but for one pixel more of black: just below 127.5.
    const half = white.fill(0, 0, (width * height) / 2 + 1);
    expect([...resize({ width, height, channels: 1, values: half }, 1, 1).values]).toEqual([127]);
    half[0] = 255;
    expect([...resize({ width, height, channels: 1, values: half }, 1, 1).values]).toEqual([128]);
  });
});
