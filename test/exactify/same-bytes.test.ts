import { describe, expect, it } from "vitest";
import { readModel } from "#core/onnx/read.ts";
import { Classifier, ints, images, ZERO_TO_ONE } from "./classifiers.ts";
import { madeExact } from "./run-exactly.ts";

const SIDE = 9;
const build = (): Classifier =>
  new Classifier([1, SIDE, SIDE])
    .conv(3, 3, { pads: ints(1, 1, 1, 1) })
    .node("Relu")
    .conv(4, 3, {}, { seed: 9 })
    .node("Relu");
const FEATURES = 4 * 7 * 7;

describe("exactify", () => {
  it("gives the same file for the same model and images", async () => {
    const calibration = images(12, { width: SIDE, height: SIDE });
    const [once, again] = [
      await madeExact(build().classes(FEATURES), calibration, ZERO_TO_ONE),
      await madeExact(build().classes(FEATURES), calibration, ZERO_TO_ONE),
    ];
    expect(again.exact.bytes).toEqual(once.exact.bytes);
  });

  it("keeps the input's name and shape, opens the batch, and calls the output logits", async () => {
    const { exact } = await madeExact(
      build().classes(FEATURES),
      images(12, { width: SIDE, height: SIDE }),
      ZERO_TO_ONE,
    );
    const { graph } = readModel(exact.bytes);
    expect(graph.inputs).toMatchObject([{ name: "x", shape: [-1, 1, SIDE, SIDE] }]);
    expect(graph.outputs).toMatchObject([{ name: "logits", shape: [-1, 3] }]);
    expect(exact.preprocess).toEqual({ scale: 1, mean: [0], std: [1], invert: false });
  });

  it("keeps stride 1 if allowed, and states it in the certificate", async () => {
    const calibration = images(12, { width: SIDE, height: SIDE });
    const [free, rewritten] = [
      await madeExact(build().classes(FEATURES), calibration, ZERO_TO_ONE, true),
      await madeExact(build().classes(FEATURES), calibration, ZERO_TO_ONE),
    ];
    expect(free.certification).toMatchObject({ certified: true, certificate: { anyAlgorithm: false } });
    expect(rewritten.certification).toMatchObject({ certified: true, certificate: { anyAlgorithm: true } });
    expect(free.exact.model.graph.nodes.map(({ op }) => op)).not.toContain("DepthToSpace");
    // The rewriting changes no integer.
    expect(free.exactLogits).toEqual(rewritten.exactLogits);
  });

  it("uses most of 2^24 if the bits allow it, and never all of it", async () => {
    const { exact } = await madeExact(
      build().classes(FEATURES),
      images(12, { width: SIDE, height: SIDE }),
      ZERO_TO_ONE,
    );
    for (const { headroomUsed, weightBits, inputBits } of exact.layers) {
      expect(headroomUsed).toBeLessThan(1);
      expect(headroomUsed).toBeGreaterThan(0);
      expect(weightBits).toBeLessThanOrEqual(12);
      expect(inputBits).toBeLessThanOrEqual(11);
    }
  });
});
