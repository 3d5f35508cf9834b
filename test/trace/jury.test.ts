import { expect, it } from "vitest";
import type { PartEvaluator } from "#core/model/part.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { float32Of, type NamedTensors, tensorValue } from "#core/tensors/tensor-value.ts";
import { trace } from "#core/trace/trace.ts";
import { floats, model, node, uneven, value } from "../onnx/build.ts";
import { runOnCpu, runOnWasm, subjectOf } from "./sources.ts";

/** An operator without a judge that every runtime has. */
const SAMPLING = model({
  inputs: [value("x", [1, 1, 4, 4])],
  outputs: [value("y", [1, 1, 3, 3])],
  weights: [floats("grid", [1, 3, 3, 2], uneven)],
  nodes: [node("GridSample", ["x", "grid"], ["y"])],
});
const FEEDS: NamedTensors = new Map([
  ["x", tensorValue("float32", [1, 1, 4, 4], bytesOf(Float32Array.from({ length: 16 }, (_, index) => index + 1)))],
]);
const CPU = subjectOf("CPU", SAMPLING, runOnCpu);
const FAULTY: PartEvaluator = {
  source: "WEBGPU",
  async evaluate(part, feeds) {
    const outputs = await CPU.evaluator.evaluate(part, feeds);
    const y = outputs.get("y");
    if (y === undefined) return outputs;
    const numbers = float32Of(y).slice();
    numbers[4]! += 5;
    return new Map([...outputs, ["y", { ...y, bytes: bytesOf(numbers) }]]);
  },
};
const OTHER = { ...CPU, evaluator: FAULTY };

it("a third backend decides which of two is wrong in an operator without a judge", async () => {
  const jurors = [subjectOf("WASM", SAMPLING, runOnWasm)];
  const { outcome, firstDrift } = await trace(CPU, OTHER, FEEDS, { jurors });
  expect(outcome).toBe("WRONG_RESULT");
  expect(firstDrift?.explanation).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "other", index: 4 }] });
  expect(firstDrift?.explanation?.notes.join(" ")).toContain("WEBGPU is alone: CPU and WASM agree");
});

it("without a juror, or with one that cannot run the node, the difference is unexplained", async () => {
  const refusing = { ...CPU, evaluator: { source: "WASM", evaluate: () => Promise.reject(new Error("refused")) } };
  for (const jurors of [[], [refusing]]) {
    const { firstDrift } = await trace(CPU, OTHER, FEEDS, { jurors });
    expect(firstDrift?.cause).toBe("UNEXPLAINED");
  }
});
