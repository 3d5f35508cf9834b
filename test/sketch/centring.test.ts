import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Levels } from "#core/image/grey.ts";
import { resize } from "#core/image/resize.ts";
import { inkBox } from "#core/image/sketch/bounding-box.ts";
import { centreInk, centreOfMass } from "#core/image/sketch/centre.ts";

const MNIST = { width: 28, height: 28 };

/** A pad with some filled rectangles on it; at least one. */
const drawings = fc
  .array(
    fc.record({
      x: fc.nat(59),
      y: fc.nat(59),
      w: fc.integer({ min: 1, max: 60 }),
      h: fc.integer({ min: 1, max: 60 }),
      level: fc.integer({ min: 64, max: 255 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((rectangles): Levels => {
    const values = new Uint8Array(60 * 60);
    for (const { x, y, w, h, level } of rectangles) {
      for (let row = y; row < Math.min(60, y + h); row++)
        values.fill(level, row * 60 + x, row * 60 + Math.min(60, x + w));
    }
    return { width: 60, height: 60, channels: 1, values };
  });

/** The same ink elsewhere on a larger pad. */
function moved({ width, height, values }: Levels, right: number, down: number): Levels {
  const larger = new Uint8Array(200 * 200);
  for (let y = 0; y < height; y++) larger.set(values.subarray(y * width, (y + 1) * width), (y + down) * 200 + right);
  return { width: 200, height: 200, channels: 1, values: larger };
}

describe("centring a drawing as MNIST did", () => {
  it("gives the same pixels wherever on the pad it was drawn", () => {
    fc.assert(
      fc.property(drawings, fc.nat(140), fc.nat(140), (drawing, right, down) => {
        expect(centreInk(moved(drawing, right, down), MNIST)).toEqual(centreInk(drawing, MNIST));
      }),
    );
  });

  it("gives the same pixels however large it was drawn, where the pixels of the larger are whole copies", () => {
    fc.assert(
      fc.property(drawings, fc.integer({ min: 2, max: 4 }), (drawing, times) => {
        const larger = resize(drawing, 60 * times, 60 * times);
        expect(centreInk(larger, MNIST)).toEqual(centreInk(drawing, MNIST));
      }),
    );
  });

  it("fits the ink into 20 x 20, touches both ends of the longer side, and keeps the aspect to the pixel", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), (width, height) => {
        const drawing: Levels = { width, height, channels: 1, values: new Uint8Array(width * height).fill(255) };
        const box = inkBox(centreInk(drawing, MNIST)!)!;
        const found = [box.right - box.left, box.bottom - box.top];
        const scale = 20 / Math.max(width, height);
        expect(found).toEqual([Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]);
        expect(Math.max(...found)).toBe(20);
      }),
    );
  });

  it("puts the centre of mass within half a pixel of the middle, unless ink would fall off", () => {
    fc.assert(
      fc.property(drawings, (drawing) => {
        const centred = centreInk(drawing, MNIST)!;
        const mass = centreOfMass(centred)!;
        const box = inkBox(centred)!;
        const atEdge = { x: box.left === 0 || box.right === 28, y: box.top === 0 || box.bottom === 28 };
        if (!atEdge.x) expect(Math.abs(mass.x - 14)).toBeLessThanOrEqual(0.5);
        if (!atEdge.y) expect(Math.abs(mass.y - 14)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("keeps all ink, however far the mass is from the middle of the box", () => {
    // A heavy head and a long thin tail: centring the mass alone would push the tail out of 28 pixels.
    const values = new Uint8Array(100 * 100);
    for (let y = 0; y < 60; y++) values.fill(255, y * 100, y * 100 + 20);
    values.fill(255, 0, 100);
    const drawing: Levels = { width: 100, height: 100, channels: 1, values };
    const box = inkBox(centreInk(drawing, MNIST)!)!;
    expect(box.right - box.left).toBe(20);
  });

  it("takes the size of the model, too", () => {
    const drawing: Levels = { width: 10, height: 10, channels: 1, values: new Uint8Array(100).fill(255) };
    const centred = centreInk(drawing, { width: 56, height: 84 })!;
    expect([centred.width, centred.height]).toEqual([56, 84]);
    const box = inkBox(centred)!;
    expect([box.right - box.left, box.bottom - box.top]).toEqual([40, 40]);
  });

  it("gives an empty result for an empty input", () => {
    const blank: Levels = { width: 280, height: 280, channels: 1, values: new Uint8Array(280 * 280) };
    expect(centreInk(blank, MNIST)).toBeNull();
  });
});
