import * as web from "onnxruntime-web/wasm";
import { OPTIMIZATION_LEVEL } from "#core/backends.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { elementArray, tensorOfRuntime } from "#core/tensors/tensor-array.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import { cutPart, partSource } from "#core/trace/cut.ts";
import type { TraceSubject } from "#core/trace/subject.ts";
import { fusedNodes, runPart } from "#origin/parts.ts";
import { sessionOptions } from "#origin/session.ts";

/* The real runtimes as sources of a trace, in this process. */

web.env.wasm.numThreads = 1;
web.env.logLevel = "error";

type Run = (part: Uint8Array, feeds: NamedTensors) => Promise<NamedTensors>;

export const runOnCpu: Run = (part, feeds) => runPart(part, feeds, sessionOptions("cpu"));

export const runOnWasm: Run = async (part, feeds) => {
  const session = await web.InferenceSession.create(part, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: OPTIMIZATION_LEVEL,
  });
  try {
    const outputs = await session.run(
      Object.fromEntries(
        [...feeds].map(([name, value]) => [
          name,
          new web.Tensor(value.type as "float32", elementArray(value) as Float32Array, value.dims),
        ]),
      ),
    );
    return new Map(
      Object.entries(outputs).flatMap(([name, output]) => {
        const value = tensorOfRuntime(output);
        return value ? [[name, value] as const] : [];
      }),
    );
  } finally {
    await session.release();
  }
};

/** A model on a source; an OnnxModel is written first, as bytes are what runs. */
export function subjectOf(source: string, model: OnnxModel | Uint8Array, run: Run): TraceSubject {
  const part = partSource(model instanceof Uint8Array ? model : writeModel(model));
  return {
    model: part.model,
    runsOn: run === runOnCpu ? "CPU" : "WASM",
    optimizationLevel: OPTIMIZATION_LEVEL,
    evaluator: {
      source,
      evaluate: (what, feeds) => run(cutPart(part, what, feeds), feeds),
      ...(run === runOnCpu && { fusedNodes: (what) => fusedNodes("cpu", cutPart(part, what, new Map())) }),
    },
  };
}

/** The same model on two sources, as GraphQL's `trace` has it. */
export function sameModel(model: OnnxModel | Uint8Array): { readonly cpu: TraceSubject; readonly wasm: TraceSubject } {
  const cpu = subjectOf("CPU", model, runOnCpu);
  return { cpu, wasm: { ...subjectOf("WASM", model, runOnWasm), model: cpu.model } };
}
