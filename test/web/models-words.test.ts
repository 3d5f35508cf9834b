import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverageText, inputText, preprocessText, rangeText, shareText } from "../../web/models/words.ts";

const NODE = { name: "n", op: "Conv", exact: true, reason: "", grid: 0, lowest: 0, highest: 511, boundUnits: null };

describe("the texts of the model view", () => {
  it("list what a certificate covers, by levels", () => {
    const at = (...optimizationLevels: string[]) => optimizationLevels;
    const covers = [
      { backend: "WASM" as const, optimizationLevels: at("basic", "all") },
      { backend: "CPU" as const, optimizationLevels: at("basic", "all") },
      { backend: "WEBGPU" as const, optimizationLevels: at("basic") },
    ];
    expect(coverageText(covers)).toBe("WASM and CPU at basic and all; WEBGPU at basic");
  });

  it("describe a model's input", () => {
    expect(inputText({ inputShape: [-1, 1, 28, 28] })).toBe("1 × 28 × 28 float32, any batch");
    expect(inputText({ inputShape: [1, 3, -1, 224] })).toBe("3 × any × 224 float32, batches of 1");
  });

  it("give the preprocessing as a formula", () => {
    const plain = { scale: 1, mean: [0], std: [1], invert: false };
    expect(preprocessText({ preprocess: plain })).toBe("grey levels 0 to 255 as they are");
    expect(preprocessText({ preprocess: { ...plain, scale: 1 / 255, invert: true } })).toBe(
      "grey level g becomes (255 − g) × 1/255",
    );
    expect(preprocessText({ preprocess: { ...plain, scale: 0.0039 } })).toBe("grey level g becomes g × 0.0039");
    expect(preprocessText({ preprocess: { scale: 0.5, mean: [0.1, 0.2], std: [2, 3], invert: false } })).toBe(
      "grey level g becomes (g × 1/2 − [0.1, 0.2]) / [2, 3]",
    );
  });

  it("give the range of a layer with every digit", () => {
    expect(rangeText({ ...NODE, grid: -12, lowest: -1388.880859375 })).toBe(
      "multiples of 2^-12 from -1,388.880859375 to 511",
    );
    expect(rangeText({ ...NODE, grid: null })).toBeNull();
  });

  it("never round headroom up to 100 % or down to 0 %", () => {
    expect([0, 0.316345, 0.99999].map(shareText)).toEqual(["0 %", "31.6 %", "99.9 %"]);
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1, noNaN: true, maxExcluded: true }), (share) => {
        expect(["0 %", "100 %"]).not.toContain(shareText(share));
      }),
    );
  });
});
