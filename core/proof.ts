import type { BackendId } from "./backend.ts";
import { certifyGreyLevels } from "./certify/certify.ts";
import type { Failure } from "./certify/certificate.ts";
import { domainOf, inDomain } from "./certify/domain.ts";
import { messageOf } from "./errors.ts";
import type { ModelInfo, Preprocess, Proof } from "./model.ts";
import { readModel } from "./onnx/read.ts";

/**
 * What can be proved of the bytes that run. Never throws: a model that the prover cannot follow is one without a proof.
 * @param shape of the model's input; -1 for a dynamic batch
 */
export function prove(executed: Uint8Array, preprocess: Preprocess, shape: readonly number[]): Proof {
  try {
    const certification = certifyGreyLevels(readModel(executed), preprocess, shape);
    if (!certification.certified) return unproved(certification.firstFailure);
    const found = domainOf(preprocess, shape);
    if (!found.ok) return unproved({ node: "input", op: "Input", reason: found.reason });
    return { certificate: certification.certificate, domain: found.domain, failure: null };
  } catch (error) {
    return unproved({ node: "(model)", op: "Model", reason: `The prover could not follow it: ${messageOf(error)}` });
  }
}

function unproved(failure: Failure): Proof {
  return { certificate: null, domain: null, failure };
}

/** Whether the certificate speaks of this input; then differing bits on backends that it covers break it. */
export function isCertifiedInput({ proof }: ModelInfo, tensor: Float32Array): boolean {
  return proof.domain !== null && inDomain(tensor, proof.domain);
}

/**
 * Whether the certificate's assumptions hold on a backend: TF32 needs factors that it does not round, and cuDNN may
 * pick Winograd's or Fourier's method for a convolution that moves by 1.
 */
export function coversBackend({ proof: { certificate } }: ModelInfo, backend: BackendId): boolean {
  if (certificate === null) return false;
  if (backend === "CUDA_TF32" && !certificate.tf32Safe) return false;
  return certificate.anyAlgorithm || !backend.startsWith("CUDA");
}
