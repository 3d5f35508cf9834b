import * as ort from "onnxruntime-node";
import type { Feed, Outputs } from "./feed.ts";

export const LEVELS = ["disabled", "basic", "extended", "all"] as const;
export type Level = (typeof LEVELS)[number];

export async function runOnCpu(
  model: Uint8Array,
  feeds: readonly Feed[],
  level: Level,
  threads: number,
): Promise<Outputs> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: level,
    intraOpNumThreads: threads,
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
