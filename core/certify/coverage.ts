import type { BackendId } from "#core/backends/backend.ts";
import type { CoveredBackend } from "./certificate.ts";

/** What a proof needs of a backend beyond what all of them keep to. */
interface Reach {
  readonly anyAlgorithm: boolean;
  readonly tf32Safe: boolean;
  /** How many nodes ONNX Runtime's WEBGPU is known to compute wrongly. */
  readonly webgpuFaults: number;
}

/** Merges that the rules know, on every provider. */
const UP_TO_EXTENDED: readonly string[] = Object.freeze(["disabled", "basic", "extended"]);
/** On MLAS, `all` adds blocked layouts: sums in another order. The soundness suite runs CPU and WASM at it too. */
const EVERY_LEVEL: readonly string[] = Object.freeze([...UP_TO_EXTENDED, "all"]);

/**
 * Where a proof holds, backend by backend: a new one is covered by nothing until a line says what it needs. cuDNN may pick
 * Winograd's or Fourier's method for a convolution that moves by 1; MLAS and ONNX Runtime's WebGPU have neither.
 */
const LEVELS: Readonly<Record<BackendId, (reach: Reach) => readonly string[]>> = Object.freeze({
  WASM: () => EVERY_LEVEL,
  CPU: () => EVERY_LEVEL,
  CUDA: ({ anyAlgorithm }) => (anyAlgorithm ? UP_TO_EXTENDED : []),
  CUDA_TF32: ({ anyAlgorithm, tf32Safe }) => (anyAlgorithm && tf32Safe ? UP_TO_EXTENDED : []),
  WEBGPU: ({ webgpuFaults }) => (webgpuFaults === 0 ? UP_TO_EXTENDED : []),
});

export function coverageOf(reach: Reach): readonly CoveredBackend[] {
  return (Object.keys(LEVELS) as BackendId[])
    .map((backend) => ({ backend, optimizationLevels: LEVELS[backend](reach) }))
    .filter(({ optimizationLevels }) => optimizationLevels.length > 0);
}
