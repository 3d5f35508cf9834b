export type Side = "EDGE" | "ORIGIN";

interface BackendFacts {
  /** One sentence, as the schema shows it. */
  readonly description: string;
  readonly side: Side;
  readonly runtime: "onnxruntime-web" | "onnxruntime-node";
  /** The execution provider as the runtime's session options name it. */
  readonly provider: "wasm" | "cpu" | "cuda" | "webgpu";
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
  /** It may compute a convolution that moves by 1 by Winograd's or Fourier's method. */
  readonly choosesAlgorithm: boolean;
  /** It computes some nodes otherwise than ONNX says (core/certify/webgpu-faults.ts); a certificate covers it only without them. */
  readonly hasKnownFaults: boolean;
  /** The optimisation levels whose merges the certificate's rules know. Empty: no certificate covers it. */
  readonly certifiedLevels: readonly string[];
}

/** Merges that the rules know, on every provider. */
const UP_TO_EXTENDED: readonly string[] = Object.freeze(["disabled", "basic", "extended"]);
/** On MLAS, `all` adds blocked layouts: sums in another order. The soundness suite runs CPU and WASM at it too. */
const EVERY_LEVEL: readonly string[] = Object.freeze([...UP_TO_EXTENDED, "all"]);

/**
 * What never changes about a backend, in the order in which answers list them. Both sides, the page, the library, the
 * command, the schema and what certificates cover follow from it.
 */
export const BACKENDS = Object.freeze({
  WASM: {
    description: "onnxruntime-web, SIMD WebAssembly, one thread, in the Cloudflare Worker (edge).",
    side: "EDGE",
    runtime: "onnxruntime-web",
    provider: "wasm",
    executionProvider: "CPUExecutionProvider",
    arithmetic: "ieee",
    tf32: false,
    choosesAlgorithm: false,
    hasKnownFaults: false,
    certifiedLevels: EVERY_LEVEL,
  },
  CPU: {
    description: "onnxruntime-node, CPU provider, on the origin.",
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    provider: "cpu",
    executionProvider: "CPUExecutionProvider",
    arithmetic: "ieee",
    tf32: false,
    choosesAlgorithm: false,
    hasKnownFaults: false,
    certifiedLevels: EVERY_LEVEL,
  },
  CUDA: {
    description: "onnxruntime-node, CUDA provider with TF32 off, on the origin's GPU.",
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    provider: "cuda",
    executionProvider: "CUDAExecutionProvider",
    arithmetic: "cuda",
    tf32: false,
    choosesAlgorithm: true,
    hasKnownFaults: false,
    certifiedLevels: UP_TO_EXTENDED,
  },
  CUDA_TF32: {
    description: "onnxruntime-node, CUDA provider with TF32 on (NVIDIA's default), on the origin's GPU.",
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    provider: "cuda",
    executionProvider: "CUDAExecutionProvider",
    arithmetic: "cuda",
    tf32: true,
    choosesAlgorithm: true,
    hasKnownFaults: false,
    certifiedLevels: UP_TO_EXTENDED,
  },
  WEBGPU: {
    description: "onnxruntime-node, WebGPU provider (Dawn), on the origin.",
    side: "ORIGIN",
    runtime: "onnxruntime-node",
    provider: "webgpu",
    executionProvider: "WebGpuExecutionProvider",
    arithmetic: "shader",
    tf32: false,
    choosesAlgorithm: false,
    hasKnownFaults: true,
    certifiedLevels: UP_TO_EXTENDED,
  },
} as const satisfies Readonly<Record<string, BackendFacts>>);

export type BackendId = keyof typeof BACKENDS;

/** A backend that runs in a process of its own, which needs to know its devices. */
export type GpuBackendId = {
  [Id in BackendId]: (typeof BACKENDS)[Id]["provider"] extends "wasm" | "cpu" ? never : Id;
}[BackendId];

export const BACKEND_IDS = Object.freeze(Object.keys(BACKENDS) as BackendId[]);

export function isGpuBackend(id: BackendId): id is GpuBackendId {
  return BACKENDS[id].provider !== "wasm" && BACKENDS[id].provider !== "cpu";
}

export const GPU_BACKEND_IDS = Object.freeze(BACKEND_IDS.filter(isGpuBackend));

/** Sessions run at this level on every backend: `all` changes bits. */
export const OPTIMIZATION_LEVEL = "extended";
