import { describe, expect, it } from "vitest";
import { readMnist } from "../../images/mnist.ts";
import { measureAccuracy } from "./accuracy.ts";

/** Every so many of the 10,000, so that all writers are in it. test/bench/sketch-accuracy.ts takes them all. */
const EVERY = 50;

describe("digits redrawn on a pad of 280 x 280", () => {
  it("lose at most one point of accuracy with the centring, and many without", async () => {
    const set = await readMnist("test");
    const indices = Array.from({ length: set.count / EVERY }, (_, step) => step * EVERY);
    const { count, plain, centred, shrunk } = await measureAccuracy(set, indices);
    expect(plain / count).toBeGreaterThan(0.98);
    expect(centred / count).toBeGreaterThanOrEqual(plain / count - 0.01);
    expect(shrunk / count).toBeLessThan(plain / count - 0.1);
  });
});
