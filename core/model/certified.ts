import { OPTIMIZATION_LEVEL } from "../backends.ts";
import { inDomain } from "../certify/domain.ts";
import type { ModelInfo } from "./model.ts";

/* What a finished proof says about inputs and backends. Not in proof.ts, so that the Worker does not carry the prover. */

/** Whether the certificate covers this input; then differing bits on covered backends violate it. */
export function isCertifiedInput({ proof }: ModelInfo, tensor: Float32Array): boolean {
  return proof.domain !== null && inDomain(tensor, proof.domain);
}

/**
 * Whether the certificate covers a backend at a level of graph optimisation.
 * @param backend any name: one that the certificate does not list is not covered
 */
export function coversBackend(
  { proof: { certificate } }: ModelInfo,
  backend: string,
  level: string = OPTIMIZATION_LEVEL,
): boolean {
  const covered = certificate?.covers.find((each) => each.backend === backend);
  return covered?.optimizationLevels.includes(level) ?? false;
}
