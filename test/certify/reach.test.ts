import { describe, expect, test } from "vitest";
import { certify } from "#core/certify/certify.ts";
import { ints, type Sketch } from "./graphs/sketch.ts";
import { domain, modelWith, IMAGE, reason } from "./reasons.ts";

const conv =
  (strides: readonly number[], weight = 1) =>
  (sketch: Sketch): string =>
    sketch.node("Conv", ["x", sketch.floats([weight], [1, 1, 1, 1]), sketch.floats([0])], { strides: ints(strides) });

describe("convolution algorithms", () => {
  test.each([[[1, 1]], [[2, 1]], [[1, 2]]])("strides %j leave room for Winograd and FFT", (strides) => {
    const certification = certify(modelWith(conv(strides)), domain(IMAGE));
    expect(certification).toMatchObject({ certified: true, certificate: { anyAlgorithm: false } });
    if (certification.certified) {
      expect(certification.certificate.otherAlgorithms).toHaveLength(1);
      expect(certification.certificate.assumptions.join()).toContain("Fourier");
    }
    expect(reason(modelWith(conv(strides)), domain(IMAGE), { anyAlgorithm: true })).toMatch(
      /^Conv: It is not exact with every algorithm/,
    );
  });

  test("strides of 2 and matrix products do not", () => {
    expect(certify(modelWith(conv([2, 2])), domain(IMAGE), { anyAlgorithm: true })).toMatchObject({
      certified: true,
      certificate: { anyAlgorithm: true },
    });
    const product = modelWith(
      (sketch) => sketch.node("Gemm", ["x", sketch.floats([1, 2], [2, 1]), sketch.floats([0])]),
      [2],
    );
    expect(certify(product, domain([2]), { anyAlgorithm: true })).toMatchObject({
      certified: true,
      certificate: { anyAlgorithm: true },
    });
  });
});

describe("TF32", () => {
  test.each([
    ["weights of 2^11 units", 2 ** 11, 255, true],
    ["weights of 2^11 + 1 units", 2 ** 11 + 1, 255, false],
    ["activations of 2^11 units", 1, 2 ** 11, true],
    ["activations of 2^11 + 1 units", 1, 2 ** 11 + 1, false],
  ])("%s", (_what, weight, hi, safe) => {
    const model = modelWith(conv([2, 2], weight));
    // An even weight alone would lie on a coarser grid.
    const pair = modelWith(
      (sketch) =>
        sketch.node("Conv", ["x", sketch.floats([weight, 1], [1, 2, 1, 1]), sketch.floats([0])], {
          strides: ints([2, 2]),
        }),
      [2, 4, 4],
    );
    const certification = weight === 1 ? certify(model, domain(IMAGE, 0, hi)) : certify(pair, domain([2, 4, 4], 0, hi));
    expect(certification).toMatchObject({ certified: true, certificate: { tf32Safe: safe } });
  });

  test("is refused where it is asked for and does not hold", () => {
    expect(reason(modelWith(conv([2, 2])), domain(IMAGE, 0, 4097), { tf32: true })).toMatch(
      /^Conv: It is not exact with TF32: its input reaches 4,097 units/,
    );
  });

  test("a model without products needs nothing of tensor cores", () => {
    const certification = certify(
      modelWith((sketch) => sketch.node("Relu", ["x"])),
      domain(IMAGE),
    );
    expect(certification).toMatchObject({ certified: true, certificate: { tf32Safe: true, headroomUsed: 0 } });
    if (certification.certified) expect(certification.certificate.assumptions.join()).not.toContain("tensor cores");
  });
});
