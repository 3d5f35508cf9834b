/*
 * A model's bits in a test suite.
 *
 *   npm install --save-dev vitest isobit onnxruntime-node
 *   npx vitest run model.test.ts
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { expectSameEverywhere } from "isobit/vitest";

const MODEL = "model.onnx";

// Each runtime starts in a process of its own, which takes longer than vitest's 5 s where the machine is busy.
test("the model gives the same bits on CPU and in WebAssembly", { timeout: 120_000 }, async () => {
  await expectSameEverywhere(MODEL, { backends: ["CPU", "WASM"] });
});

test("optimising the graph moves no output by more than 64 ULP", async () => {
  const input = new Tensor("float32", new Float32Array(28 * 28).fill(128), [1, 1, 28, 28]);
  expect(await outputs(input, "all")).toBeWithinUlp(await outputs(input, "disabled"), 64);
});

test("a run gives the same bits again", async () => {
  const input = new Tensor("float32", new Float32Array(28 * 28).fill(128), [1, 1, 28, 28]);
  expect(await outputs(input, "all")).toHaveSameBits(await outputs(input, "all"));
});

async function outputs(input: Tensor, graphOptimizationLevel: "disabled" | "all"): Promise<Tensor> {
  const session = await InferenceSession.create(MODEL, { graphOptimizationLevel });
  const [name = ""] = session.inputNames;
  const result = await session.run({ [name]: input });
  return result[session.outputNames[0] ?? ""]!;
}
