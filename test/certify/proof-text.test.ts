import { describe, expect, test } from "vitest";
import { certify, certifyGreyLevels } from "#core/certify/certify.ts";
import { explain } from "#core/certify/explain.ts";
import { CNN_SHAPE, exactCnn } from "./exact-cnn.ts";
import { domain, modelWith, IMAGE } from "./reasons.ts";

const GREY_LEVELS = { shape: CNN_SHAPE, exponent: 0, lo: 0, hi: 255 };

describe("the proof of a certified model", () => {
  const certification = certify(exactCnn(), GREY_LEVELS);
  const lines = explain(certification, "cnn.onnx");
  const text = lines.join("\n");

  test("states the theorem, the inputs, every node in order, the conclusion and the assumptions", () => {
    const parts = [
      "cnn.onnx is certified",
      "Theorem.",
      "Inputs. Every element is one of the integers 0 to 255",
      "1. Conv_",
      "12. Mul_",
      "Conclusion.",
      "Any convolution algorithm: covered.",
      "TF32 factors: covered.",
      "Covered backends,",
      "Assumptions (",
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("gives each sum as whole units and as a share of 2^24", () => {
    if (!certification.certified) throw new Error("not certified");
    for (const { bound } of certification.certificate.nodes) {
      if (bound === null) continue;
      const share = ((100 * bound.units) / 2 ** 24).toFixed(1);
      expect(text).toContain(
        `at most ${bound.units.toLocaleString("en-US")} units of 2^${bound.exponent} in channel ${bound.channel}, ${share} % of 2^24`,
      );
    }
  });

  test("leaves out constants, which need no rule", () => {
    const scaled = certify(
      modelWith((sketch) => {
        const two = sketch.node("Constant", [], { value_float: { kind: "float", value: 2 } });
        return sketch.node("Mul", ["x", two]);
      }),
      domain(IMAGE),
    );
    if (!scaled.certified) throw new Error("not certified");
    expect(scaled.certificate.nodes.map(({ op }) => op)).toEqual(["Constant", "Mul"]);
    expect(explain(scaled, "x").filter((line) => /^\d+\. /.test(line))).toEqual([expect.stringMatching(/^1\. Mul/)]);
  });

  test("fits the width of a terminal", () => {
    expect(lines.filter((line) => line.length > 124)).toEqual([]);
  });

  test("names the convolutions that leave room for other algorithms", () => {
    const model = modelWith((sketch) =>
      sketch.node("Conv", ["x", sketch.floats([1], [1, 1, 1, 1]), sketch.floats([0])]),
    );
    expect(explain(certify(model, domain(IMAGE)), "m").join("\n")).toMatch(
      /Any convolution algorithm: not covered\.\n {2}- Conv_\d+: it moves by 1 along an axis/,
    );
  });
});

describe("the report on a model that is not certified", () => {
  test("says where it fails, why, what to do, and what else would fail", () => {
    const model = modelWith((sketch) =>
      sketch.node("Add", [
        sketch.node("Softmax", [sketch.node("Relu", ["x"])]),
        sketch.node("Div", ["x", sketch.scalar(2)]),
      ]),
    );
    const text = explain(certify(model, domain(IMAGE)), "m.onnx").join("\n");
    expect(text).toMatch(/^m\.onnx is NOT certified/);
    expect(text).toMatch(/1\. Relu_\d+ \(Relu\)/);
    expect(text).toMatch(/It fails at Softmax_\d+ \(Softmax\)\.\n {2}Softmax takes exponentials/);
    expect(text).toMatch(/Later, Div_\d+ \(Div\) fails independently/);
    expect(text).not.toMatch(/Later, Add/);
  });

  test("says when the inputs themselves are off the grid", () => {
    const preprocess = { scale: 1 / 255, mean: [0], std: [1], invert: false };
    const text = explain(certifyGreyLevels(exactCnn(), preprocess, CNN_SHAPE), "cnn.onnx").join("\n");
    expect(text).toMatch(
      /It fails at x \(Input\)\.\n {2}the input itself: with scale 1\/255, mean 0, std 1, its values share no unit/,
    );
    expect(text).not.toContain("Inputs. Every element");
  });
});
