import { describe, expect, it } from "vitest";
import { levelsOf, luma, overBlack } from "#core/image/grey.ts";

/** numerator / denominator to the nearest integer, ties up, in exact arithmetic. */
function nearest(numerator: number, denominator: number): number {
  return Number((2n * BigInt(numerator) + BigInt(denominator)) / (2n * BigInt(denominator)));
}

describe("levels of an image", () => {
  it("are weighted by alpha to the nearest integer, for every level and every alpha", () => {
    for (let level = 0; level < 256; level++) {
      for (let alpha = 0; alpha < 256; alpha++) {
        if (overBlack(level, alpha) !== nearest(level * alpha, 255)) expect.fail(`level ${level}, alpha ${alpha}`);
      }
    }
    expect(overBlack(200, 255)).toBe(200);
    expect(overBlack(200, 0)).toBe(0);
  });

  it("are luma to the nearest integer", () => {
    for (let red = 0; red < 256; red++) {
      for (let green = 0; green < 256; green++) {
        // 52 of these lie on a tie.
        const blue = (7 * red + 13 * green) % 256;
        const expected = nearest(299 * red + 587 * green + 114 * blue, 1000);
        if (luma(red, green, blue) !== expected) expect.fail(`${red}, ${green}, ${blue}`);
      }
    }
  });

  it("stay what they are where the image is grey", () => {
    for (let level = 0; level < 256; level++) expect(luma(level, level, level)).toBe(level);
  });

  it("are composited over black before they are weighed, and keep their colour where a model wants it", () => {
    const image = { width: 2, height: 1, rgba: Uint8Array.of(255, 128, 0, 128, 10, 20, 30, 255) };
    expect([...levelsOf(image, 3).values]).toEqual([128, 64, 0, 10, 20, 30]);
    expect([...levelsOf(image, 1).values]).toEqual([luma(128, 64, 0), luma(10, 20, 30)]);
  });
});
