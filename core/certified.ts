import type { BackendId } from "./backend.ts";
import { inDomain } from "./certify/domain.ts";
import type { ModelInfo } from "./model.ts";

/*
 * What a finished proof says of inputs and backends. Apart from proof.ts, so that the Worker, which reads proofs and makes
 * none, need not carry the prover.
 */

/** Whether the certificate speaks of this input; then differing bits on backends that it covers break it. */
export function isCertifiedInput({ proof }: ModelInfo, tensor: Float32Array): boolean {
  return proof.domain !== null && inDomain(tensor, proof.domain);
}

/**
 * Whether the certificate's assumptions hold on a backend: TF32 needs factors that it does not round, cuDNN may pick
 * Winograd's or Fourier's method for a convolution that moves by 1, and WEBGPU is known to compute some nodes wrongly.
 */
export function coversBackend({ proof: { certificate } }: ModelInfo, backend: BackendId): boolean {
  if (certificate === null) return false;
  if (backend === "CUDA_TF32" && !certificate.tf32Safe) return false;
  if (backend === "WEBGPU" && certificate.webgpuFaults.length > 0) return false;
  return certificate.anyAlgorithm || !backend.startsWith("CUDA");
}
