import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { CLASSES, floats, int, int64s, model, node, value } from "../onnx/build.ts";
import { startCpuBackend } from "../support/cpu-backend.ts";
import { served } from "../support/served-model.ts";

const PIXELS = 16;
const weight = (index: number): number => (index % 7) - 3;

/** A linear classifier that adds to every row the sum over its batch: a row that shares its run with another shows it. */
function entangled(shape: readonly (number | string)[], batch: number | string): OnnxModel {
  return model({
    inputs: [value("x", shape)],
    outputs: [value("y", [batch, CLASSES])],
    nodes: [
      node("Reshape", ["x", "rows"], ["flat"]),
      node("MatMul", ["flat", "w"], ["scores"]),
      node("ReduceSum", ["scores", "batch"], ["total"], { keepdims: int(1) }),
      node("Add", ["scores", "total"], ["y"]),
    ],
    weights: [int64s("rows", [-1, PIXELS]), int64s("batch", [0]), floats("w", [PIXELS, CLASSES], weight)],
  });
}

/** Twice the product, since a row that is alone is the sum of its batch; small integers, so that nothing is rounded. */
function alone(tensor: Float32Array): number[] {
  return Array.from(
    { length: CLASSES },
    (_, k) => 2 * tensor.reduce((sum, x, i) => sum + x * weight(i * CLASSES + k), 0),
  );
}

const tensors = fc.array(
  fc
    .array(fc.integer({ min: -255, max: 255 }), { minLength: PIXELS, maxLength: PIXELS })
    .map((row) => new Float32Array(row)),
  { minLength: 1, maxLength: 12 },
);

describe.each([
  ["a dynamic batch", ["N", 1, 4, 4], "N"],
  ["a fixed batch of one", [1, 1, 4, 4], 1],
  ["a fixed batch of ten", [10, 1, 4, 4], 10],
  ["channels last", ["N", 4, 4, 1], "N"],
  ["no channels", ["N", 4, 4], "N"],
  ["a flat input", ["N", PIXELS], "N"],
] as const)("a model with %s", (_name, shape, batch) => {
  it("gives each image of a call the logits that it has alone", async () => {
    const summing = await served("entangled", entangled(shape, batch));
    const backend = await startCpuBackend([summing]);
    await fc.assert(
      fc.asyncProperty(tensors, async (rows) => {
        const inferences = await backend.infer(summing.info, rows);
        const logits = inferences.map((inference) =>
          inference.ok ? Array.from(inference.logits) : inference.error.message,
        );
        expect(logits).toEqual(rows.map(alone));
      }),
      { numRuns: 30 },
    );
    await backend.close();
  });
});
