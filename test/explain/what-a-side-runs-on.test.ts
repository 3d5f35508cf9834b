import { describe, expect, it } from "vitest";
import type { BackendId } from "#core/backends.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import { candidate, emulate } from "./emulated.ts";
import { explainedSource } from "./explained-side.ts";
import { oneNode } from "./one-node.ts";
import { gemm } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

/** Names that contain another backend's, as a model file's name may. */
const NAMES = ["CUDA net-cpu", "wasm.onnx", "WEBGPU v2 level=all"];

const GEMM = gemm({ m: 8, k: 100, n: 20 });
const WORDS = "in one block, bias last";
const PLAIN = emulate(GEMM, candidate(GEMM, WORDS, { fused: true }));
const SHORTENED = emulate(GEMM, candidate(GEMM, WORDS, { fused: true, rounding: "tf32, ties to even" }));

function explainTf32(runsOn: BackendId | null, source: string): Explanation {
  const [reference, other] = [PLAIN, SHORTENED].map((numbers) => tensor("float32", [8, 20], numbers));
  return explainNode({
    ...GEMM,
    reference: explainedSource("CPU", [reference!]),
    other: { ...explainedSource(source, [other!], runsOn === "CUDA_TF32"), runsOn },
  })!;
}

/** A subnormal flushed to zero, which only a GPU may do. */
function explainFlushed(runsOn: BackendId | null, source: string): Explanation {
  const inputs = [tensor("float32", [1], [2 ** -127]), tensor("float32", [1], [1])];
  return explainNode({
    ...oneNode("Mul", inputs),
    reference: explainedSource("CPU", [tensor("float32", [1], [2 ** -127])]),
    other: { ...explainedSource(source, [tensor("float32", [1], [0])]), runsOn },
  })!;
}

describe("what a side runs on follows from its backend, not from its name", () => {
  it.each(NAMES)("factors rounded to TF32, source named %j", (name) => {
    expect(explainTf32("CUDA_TF32", name).cause).toBe("TF32");
    expect(explainTf32("CUDA", name).cause).toBe("TF32");
    expect(explainTf32(null, name).cause).toBe("TF32");
    expect(explainTf32("CPU", name).cause).toBe("WRONG_RESULT");
    expect(explainTf32("WASM", name).cause).toBe("WRONG_RESULT");
    expect(explainTf32("WEBGPU", name).cause).toBe("WRONG_RESULT");
  });

  it.each(NAMES)("a subnormal flushed to zero, source named %j", (name) => {
    const causes = (["CPU", "WASM", "CUDA", "CUDA_TF32", "WEBGPU", null] as const).map(
      (runsOn) => explainFlushed(runsOn, name).cause,
    );
    const [flushed, wrong] = ["SPECIAL_VALUE", "WRONG_RESULT"];
    expect(causes).toEqual([wrong, wrong, flushed, flushed, flushed, flushed]);
  });
});
