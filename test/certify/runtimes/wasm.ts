import * as ort from "onnxruntime-web/wasm";
import type { Level } from "./cpu.ts";
import type { Feed, Outputs } from "./feed.ts";

ort.env.wasm.numThreads = 1;

export async function runOnWasm(model: Uint8Array, feeds: readonly Feed[], level: Level): Promise<Outputs> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: level,
    // Changed files are refused by the hundred.
    logSeverityLevel: 4,
  });
  try {
    const tensors = Object.fromEntries(
      feeds.map(({ name, data, dims }) => [name, new ort.Tensor("float32", data, [...dims])]),
    );
    const results = await session.run(tensors);
    return new Map(
      Object.entries(results).map(([name, { data, dims }]) => [name, { data: (data as Float32Array).slice(), dims }]),
    );
  } finally {
    await session.release();
  }
}
