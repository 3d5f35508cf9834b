import { describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { fma } from "#core/explain/fma.ts";
import { type PartEvaluator, shapeName } from "#core/model/part.ts";
import { float32Of, tensorValue } from "#core/tensors/tensor-value.ts";
import { trace, type TraceSubject } from "#core/trace/trace.ts";
import { batchedEvaluatorOf } from "#library/compare/batched-evaluator.ts";
import { writeModel } from "#core/onnx/write.ts";
import { renderReport } from "#cli/report/text/render.ts";
import { compare } from "#library/compare/compare.ts";
import { floats, model, node, uneven, value } from "../onnx/build.ts";
import { mixingRows } from "./graphs.ts";

/* Drift across batch sizes, traced to the node that depends on the batch. */

async function traced(of: OnnxModel, batch: readonly number[], random = 5) {
  const options = { backends: ["CPU"], batch, random, trace: "all" } as const;
  const { report } = await compare(writeModel(of), options);
  return { report, traces: report.traces };
}

/** Its scale is computed from all the rows that it quantises together. */
function dynamicallyQuantised(): OnnxModel {
  return model({
    inputs: [value("x", ["N", 6])],
    outputs: [value("y", ["N", 3])],
    nodes: [
      node("Relu", ["x"], ["positive"]),
      node("DynamicQuantizeLinear", ["positive"], ["q", "scale", "zero"]),
      node("DequantizeLinear", ["q", "scale", "zero"], ["d"]),
      node("MatMul", ["d", "w"], ["y"]),
    ],
    weights: [floats("w", [6, 3], uneven)],
  });
}

describe("drift across batches", () => {
  it("names the node whose result depends on the other inputs, on every batch size", async () => {
    const { report, traces } = await traced(dynamicallyQuantised(), [1, 2, 4]);
    expect(report.outcome).toBe("DRIFT");
    expect(traces.map(({ other }) => other)).toEqual(["CPU batch=2", "CPU batch=4"]);
    for (const { firstDrift, nodes } of traces) {
      expect(firstDrift).toMatchObject({
        op: "DynamicQuantizeLinear",
        cause: "BATCH_DEPENDENCE",
        originatesHere: true,
      });
      expect(firstDrift?.note).toContain("comes from the other inputs of the batch");
      expect(nodes.find(({ op }) => op === "Relu")).toMatchObject({ differingElements: 0, cause: "NONE" });
      expect(nodes.find(({ op }) => op === "MatMul")?.cause).toBe("INHERITED");
    }
    expect(renderReport(report)).toContain("(BATCH_DEPENDENCE)");
  });

  it("also where a batch of other inputs is not filled", async () => {
    const { traces } = await traced(dynamicallyQuantised(), [4], 6);
    expect(traces).toMatchObject([{ firstDrift: { op: "DynamicQuantizeLinear", cause: "BATCH_DEPENDENCE" } }]);
  });

  it("and a sum over the batch", async () => {
    const { traces } = await traced(mixingRows(), [4]);
    expect(traces).toMatchObject([{ firstDrift: { op: "ReduceMean", cause: "BATCH_DEPENDENCE" } }]);
  });

  it("is explained like any other where the batch's size changes the kernel, and not the other inputs", async () => {
    const result = await trace(subject(1), subject(4), FEEDS[0]!);
    expect(result.firstDrift).toMatchObject({ op: "MatMul", originatesHere: true, reproduced: true });
    expect(result.firstDrift?.bornElements).toBeGreaterThan(0);
    expect(result.firstDrift?.cause).toMatch(/^(FUSED_MULTIPLY_ADD|UNDETERMINED)$/);
  });
});

const [DEPTH, COLUMNS] = [40, 6];
const WEIGHTS = floats("w", [DEPTH, COLUMNS], uneven);
const PRODUCT = model({
  inputs: [value("x", ["N", DEPTH])],
  outputs: [value("y", ["N", COLUMNS])],
  nodes: [node("MatMul", ["x", "w"], ["y"])],
  weights: [WEIGHTS],
});
const FEEDS = Array.from({ length: 4 }, (_, row) => {
  const x = Float32Array.from({ length: DEPTH }, (__, at) => uneven(row * DEPTH + at + 7));
  return new Map([["x", tensorValue("float32", [1, DEPTH], new Uint8Array(x.buffer))]]);
});

/** ONNX Runtime's kernels gave the same bits for every batch tried, so this one leaves products unrounded for several rows. */
const byRows: PartEvaluator = {
  source: "rows",
  async evaluate(part, feeds) {
    const x = float32Of(feeds.get("x")!);
    const rows = x.length / DEPTH;
    const y = Float32Array.from({ length: rows * COLUMNS }, (_, at) => {
      const [row, column] = [Math.floor(at / COLUMNS), at % COLUMNS];
      return Array.from(x.subarray(row * DEPTH, (row + 1) * DEPTH)).reduce((sum, each, k) => {
        const weight = Number(WEIGHTS.data[k * COLUMNS + column]);
        return rows > 1 ? fma(each, weight, sum) : Math.fround(sum + Math.fround(each * weight));
      }, 0);
    });
    if (part.kind === "shapes") {
      const shape = BigInt64Array.of(BigInt(rows), BigInt(COLUMNS));
      return new Map([[shapeName(0), tensorValue("int64", [2], new Uint8Array(shape.buffer))]]);
    }
    return new Map([["y", tensorValue("float32", [rows, COLUMNS], new Uint8Array(y.buffer))]]);
  },
};

function subject(batch: number): TraceSubject {
  const evaluator = batch === 1 ? byRows : batchedEvaluatorOf(byRows, { feeds: FEEDS, place: 0 });
  return { model: PRODUCT, evaluator, runsOn: null, optimizationLevel: "extended" };
}
