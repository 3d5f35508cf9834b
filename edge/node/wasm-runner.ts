import * as ort from "onnxruntime-web/wasm";
import type { RunnerRuntime } from "#core/backends/runner.ts";

/** onnxruntime-web in Node. Another number of threads than the Worker's one is refused. */
export function webRuntime(): RunnerRuntime {
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  return {
    version: ort.env.versions.web ?? ort.env.versions.common,
    tensor: (type, data, dims) => new ort.Tensor(type as "float32", data as Float32Array, [...dims]),
    async open(model, { level, threads, memory }) {
      if ((threads ?? 1) !== 1) throw new Error("the WebAssembly of a Worker has one thread");
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: level,
        ...(memory.includes("no arena") && { enableCpuMemArena: false }),
        ...(memory.includes("no patterns") && { enableMemPattern: false }),
      });
      return {
        run: async (feeds) => await session.run(feeds as Record<string, ort.Tensor>),
        release: async () => await session.release(),
      };
    },
    // It has no file system to write an optimised model to.
    optimised: async () => null,
    now: () => performance.now(),
  };
}
