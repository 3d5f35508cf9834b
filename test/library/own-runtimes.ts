import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web/wasm";
import type { Evaluator, FedTensor, RuntimeTensor } from "#core/index.ts";

/* Runtimes as a caller of `isobit/core` would plug them in: nothing of isobit's but the public interface. */

web.env.wasm.numThreads = 1;
web.env.logLevel = "error";

export const CPU: Evaluator = { name: "CPU", backend: "CPU", optimizationLevel: "extended", run: runOnCpu };

export const WASM: Evaluator = {
  name: "WASM",
  backend: "WASM",
  optimizationLevel: "extended",
  async run(model, feeds) {
    const session = await web.InferenceSession.create(model, { graphOptimizationLevel: "extended" });
    try {
      return await session.run(tensors(feeds, web.Tensor));
    } finally {
      await session.release();
    }
  },
};

export async function runOnCpu(
  model: Uint8Array,
  feeds: Readonly<Record<string, FedTensor>>,
): Promise<Readonly<Record<string, RuntimeTensor>>> {
  const session = await node.InferenceSession.create(model, {
    graphOptimizationLevel: "extended",
    logSeverityLevel: 3,
  });
  try {
    return await session.run(tensors(feeds, node.Tensor));
  } finally {
    await session.release();
  }
}

function tensors(feeds: Readonly<Record<string, FedTensor>>, Tensor: typeof node.Tensor): Record<string, node.Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new Tensor(type as "float32", data, dims)]),
  );
}

/** CPU, with one value of the model changed wherever it is given. */
export function faulty(name: string, value: string, change: (element: number) => number): Evaluator {
  return {
    name,
    async run(model, feeds) {
      const outputs = await runOnCpu(model, feeds);
      return Object.fromEntries(
        Object.entries(outputs).map(([key, { type, dims, data }]) => [
          key,
          { type, dims, data: key === value ? (data as Float32Array).map(change) : data },
        ]),
      );
    },
  };
}
