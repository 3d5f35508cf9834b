import type { IsobitError } from "../errors.ts";
import type { ModelInfo } from "../model/model.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { Part } from "../model/part.ts";

export type Side = "EDGE" | "ORIGIN";
export type BackendId = "WASM" | "CPU" | "CUDA" | "CUDA_TF32" | "WEBGPU";

interface BackendFacts {
  readonly side: Side;
  readonly runtime: "onnxruntime-web" | "onnxruntime-node";
  /** The execution provider that runs the nodes, as ONNX Runtime's C++ side names it. onnxruntime-web's `wasm` is its CPU provider compiled to WebAssembly. */
  readonly executionProvider: string;
  /**
   * The arithmetic that its results are held to.
   * ieee: IEEE 754 with subnormals (native CPUs and WebAssembly).
   * cuda: sums and products are rounded to nearest; subnormals may be flushed, division and functions approximated.
   * shader: what WebGPU's shading language guarantees (WGSL, "Floating Point Evaluation" and "Floating Point Accuracy").
   */
  readonly arithmetic: "ieee" | "cuda" | "shader";
  /** The factors of a product may be rounded to TF32. */
  readonly tf32: boolean;
}

/** What never changes about a backend, in the order in which answers list them. */
export const BACKENDS: Readonly<Record<BackendId, BackendFacts>> = Object.freeze({
  WASM: {
    side: "EDGE",
    runtime: "onnxruntime-web",
    executionProvider: "CPUExecutionProvider",
    arithmetic: "ieee",
    tf32: false,
  },
  CPU: {
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    executionProvider: "CPUExecutionProvider",
    arithmetic: "ieee",
    tf32: false,
  },
  CUDA: {
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    executionProvider: "CUDAExecutionProvider",
    arithmetic: "cuda",
    tf32: false,
  },
  CUDA_TF32: {
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    executionProvider: "CUDAExecutionProvider",
    arithmetic: "cuda",
    tf32: true,
  },
  WEBGPU: {
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    executionProvider: "WebGpuExecutionProvider",
    arithmetic: "shader",
    tf32: false,
  },
});

export const BACKEND_IDS = Object.freeze(Object.keys(BACKENDS) as BackendId[]);

/** Sessions run at this level on every backend: `all` changes bits. */
export const OPTIMIZATION_LEVEL = "extended";

export interface BackendStatus {
  readonly backend: BackendId;
  readonly side: Side;
  readonly available: boolean;
  /** Null when available; otherwise why not, in words a person can act on. */
  readonly reason: string | null;
  readonly executionProvider: string;
  readonly runtime: string;
  /** "unknown" where the side that holds the backend did not answer. */
  readonly runtimeVersion: string;
  readonly optimizationLevel: string;
  readonly device: string | null;
  /** True only where the device is a hardware GPU. */
  readonly hardwareGpu: boolean;
}

/** One input's answer: its logits (float32, as many as the model has labels), or why there are none. */
export type Inference =
  | {
      readonly ok: true;
      readonly logits: Float32Array;
      /** Wall time of this input's share of the run, in ms; null where the side cannot measure it. */
      readonly latencyMs: number | null;
    }
  | { readonly ok: false; readonly error: IsobitError };

/**
 * One execution provider, held here or reached over HTTP. The main path never asks which.
 */
export interface Backend {
  readonly id: BackendId;
  /** Never throws: a backend that cannot run says why in `reason`. */
  status(): Promise<BackendStatus>;
  /**
   * Runs the model on each tensor (float32, row-major, one image each, `model.input.elements` long) and answers in
   * the same order. Tensors are never batched together unless the model's certificate makes rows independent of
   * their batch.
   * @throws IsobitError BACKEND_UNAVAILABLE, BACKEND_FAILED, ORIGIN_UNREACHABLE, UNAUTHENTICATED, OVERLOADED, TIMEOUT
   */
  infer(model: ModelInfo, tensors: readonly Float32Array[]): Promise<Inference[]>;
  /**
   * Runs a part of the model, cut from this backend's own copy, in a session of its own with the options that serve.
   * @param feeds one tensor for each input of the part, by name
   * @returns the part's outputs by name; one that is no tensor of a type that can be compared is left out
   * @throws IsobitError BAD_INPUT for a part that cannot stand alone, and as `infer` does
   */
  evaluate(model: ModelInfo, part: Part, feeds: NamedTensors): Promise<NamedTensors>;
  /** What is left of a part once the optimiser is done (see Evaluator); null where the runtime does not tell. */
  fusedNodes(model: ModelInfo, part: Part): Promise<readonly string[] | null>;
}

/** The reason of a backend whose first try is not over: neither available nor given up. */
export const STILL_TRYING = "It is still being tried; ask again in some seconds.";

/** The status of a backend that is not available, with nothing claimed about its machine. */
export function unavailable(backend: BackendId, reason: string, runtimeVersion = "unknown"): BackendStatus {
  const { side, runtime, executionProvider } = BACKENDS[backend];
  return {
    backend,
    side,
    available: false,
    reason,
    executionProvider,
    runtime,
    runtimeVersion,
    optimizationLevel: OPTIMIZATION_LEVEL,
    device: null,
    hardwareGpu: false,
  };
}
