import { OPTIMIZATION_LEVEL } from "../backends.ts";
import { inDomain } from "../certify/domain.ts";
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
 * Whether the certificate speaks of a backend, at a level of graph optimisation.
 * @param backend of any name: one that the certificate does not list is not covered
 */
export function coversBackend(
  { proof: { certificate } }: ModelInfo,
  backend: string,
  level: string = OPTIMIZATION_LEVEL,
): boolean {
  const covered = certificate?.covers.find((each) => each.backend === backend);
  return covered?.optimizationLevels.includes(level) ?? false;
}
