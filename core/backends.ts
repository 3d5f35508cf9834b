export type Side = "EDGE" | "ORIGIN";

interface BackendFacts {
  /** One sentence, as the schema shows it. */
  readonly description: string;
  readonly side: Side;
  readonly runtime: "onnxruntime-web" | "onnxruntime-node";
  /** The execution provider as the runtime's session options name it. */
  readonly provider: "wasm" | "cpu" | "cuda" | "webgpu";
  /** ONNX Runtime's C++ name of the provider that runs the nodes. onnxruntime-web's `wasm` is its CPU provider, compiled. */
  readonly executionProvider: string;
  /**
   * The arithmetic that its results must follow.
   * ieee: IEEE 754 with subnormals (native CPUs and WebAssembly).
   * cuda: sums and products are rounded to nearest; subnormals may be flushed, division and functions approximated.
   * shader: what WebGPU's shading language guarantees (WGSL, "Floating Point Evaluation" and "Floating Point Accuracy").
   */
  readonly arithmetic: "ieee" | "cuda" | "shader";
  /** The factors of a product may be rounded to TF32. */
  readonly tf32: boolean;
  /** It may compute convolutions of stride 1 with Winograd or FFT. */
  readonly choosesAlgorithm: boolean;
  /** Some nodes are computed incorrectly (core/certify/webgpu-faults.ts); a certificate covers it only without them. */
  readonly hasKnownFaults: boolean;
  /** Optimisation levels whose fusions the certification rules model. Empty: no certificate covers it. */
  readonly certifiedLevels: readonly string[];
}

/** Levels whose fusions the rules model on every provider. */
const UP_TO_EXTENDED: readonly string[] = Object.freeze(["disabled", "basic", "extended"]);
/** On MLAS, `all` adds blocked layouts, which only reorder sums. The soundness suite runs CPU and WASM at it too. */
const EVERY_LEVEL: readonly string[] = Object.freeze([...UP_TO_EXTENDED, "all"]);

const CUDA = {
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
} as const;

/**
 * The fixed facts of each backend, in the order in which responses list them. Both sides, the page, the library, the
 * command, the schema and what certificates cover derive from this table.
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
  CUDA,
  CUDA_TF32: {
    ...CUDA,
    description: "onnxruntime-node, CUDA provider with TF32 on (NVIDIA's default), on the origin's GPU.",
    tf32: true,
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

/** A backend on a GPU, which runs in its own process. */
export type GpuBackendId = {
  [Id in BackendId]: (typeof BACKENDS)[Id]["provider"] extends "wasm" | "cpu" ? never : Id;
}[BackendId];

export const BACKEND_IDS = Object.freeze(Object.keys(BACKENDS) as BackendId[]);

export function isGpuBackend(id: BackendId): id is GpuBackendId {
  return BACKENDS[id].provider !== "wasm" && BACKENDS[id].provider !== "cpu";
}

export const GPU_BACKEND_IDS = Object.freeze(BACKEND_IDS.filter(isGpuBackend));

/** Every backend's sessions run at this level: `all` would change bits. */
export const OPTIMIZATION_LEVEL = "extended";
