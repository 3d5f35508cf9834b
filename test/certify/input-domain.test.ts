import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certifyGreyLevels } from "#core/certify/certify.ts";
import { describeDomain, domainOf, inDomain } from "#core/certify/domain.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { normalise } from "#core/model/normalise.ts";
import { modelWith, IMAGE } from "./reasons.ts";

const SHAPE = [-1, ...IMAGE];
const preprocess = (changed: Partial<Preprocess> = {}): Preprocess => ({
  scale: 1,
  mean: [0],
  std: [1],
  invert: false,
  ...changed,
});
const reasonFor = (changed: Partial<Preprocess>): string | null => {
  const found = domainOf(preprocess(changed), SHAPE);
  return found.ok ? null : found.reason;
};

describe("grey levels on a grid make a domain", () => {
  test.each<[string, Partial<Preprocess>, string]>([
    ["as they are", {}, "integers 0 to 255"],
    ["inverted", { invert: true }, "integers 0 to 255"],
    ["over 256", { scale: 1 / 256 }, "integers 0 to 255 times 2^-8"],
    ["around their middle", { mean: [128], std: [128] }, "integers -128 to 127 times 2^-7"],
    ["counted down from 255", { scale: -1, mean: [-255] }, "integers 0 to 255"],
    ["three channels with means of their own", { mean: [1, 2, 3], std: [1, 2, 1] }, "integers -6 to 508 times 2^-1"],
  ])("%s", (_what, changed, expected) => {
    const found = domainOf(preprocess(changed), SHAPE);
    expect(found.ok && describeDomain(found.domain)).toBe(expected);
  });
});

describe("grey levels off the grid are the first failure", () => {
  test.each<[string, Partial<Preprocess>]>([
    ["1/255", { scale: 1 / 255 }],
    ["MNIST's mean and deviation", { scale: 1 / 255, mean: [0.1307], std: [0.3081] }],
    ["a mean alone", { mean: [0.1] }],
    ["a deviation alone", { std: [3] }],
  ])("%s", (_what, changed) => {
    expect(reasonFor(changed)).toMatch(
      /^the input itself: with .* its values share no unit coarser than 2\^-\d+, .* no node can be proved exact/,
    );
    const certification = certifyGreyLevels(
      modelWith((sketch) => sketch.node("Relu", ["x"])),
      preprocess(changed),
      SHAPE,
    );
    expect(certification).toMatchObject({
      certified: false,
      inputDomain: null,
      firstFailure: { node: "x", op: "Input" },
    });
  });

  test("numbers that are not finite, and -0", () => {
    expect(reasonFor({ std: [0] })).toMatch(/not finite/);
    expect(reasonFor({ mean: [0, 0], std: [1] })).toMatch(/not finite/);
    expect(reasonFor({ scale: -1 })).toMatch(/gives -0/);
  });
});

describe("a tensor is in the domain or outside the proof", () => {
  const found = domainOf(preprocess({ scale: 1 / 256 }), SHAPE);
  if (!found.ok) throw new Error(found.reason);
  const { domain } = found;

  test.each<[string, number[], boolean]>([
    ["multiples of the unit", [0, 1 / 256, 255 / 256], true],
    ["-0", [0, -0], false],
    ["half a unit", [1 / 512], false],
    ["above the largest", [1], false],
    ["below the smallest", [-1 / 256], false],
    ["NaN", [Number.NaN], false],
    ["infinity", [Infinity], false],
    ["nothing at all", [], true],
  ])("%s", (_what, elements, inside) => {
    expect(inDomain(Float32Array.from(elements), domain)).toBe(inside);
  });

  test("every value that preprocessing can give is inside", () => {
    const scales = fc.integer({ min: -12, max: 6 }).map((exponent) => 2 ** exponent);
    fc.assert(
      fc.property(
        scales,
        fc.integer({ min: -300, max: 300 }),
        fc.boolean(),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (scale, mean, invert, values) => {
          const settings = preprocess({ scale, mean: [mean * scale], invert });
          const made = domainOf(settings, SHAPE);
          const model = {
            input: { width: 4, height: 4, channels: 1, elements: 16, layout: "NCHW" },
            preprocess: settings,
          } as unknown as ModelInfo;
          expect(made.ok && inDomain(normalise({ width: 4, height: 4, channels: 1, values }, model), made.domain)).toBe(
            true,
          );
        },
      ),
    );
  });
});
