import { BACKEND_IDS, BACKENDS } from "#core/backends.ts";
import type { CoveredBackend } from "./certificate.ts";

/** What a proof says beyond what all backends keep to. */
interface Reach {
  readonly anyAlgorithm: boolean;
  readonly tf32Safe: boolean;
  /** How many nodes ONNX Runtime's WEBGPU is known to compute wrongly. */
  readonly webgpuFaults: number;
}

/** Where a proof holds: on each backend whose liberties it withstands, at the levels whose merges the rules know. */
export function coverageOf({ anyAlgorithm, tf32Safe, webgpuFaults }: Reach): readonly CoveredBackend[] {
  return BACKEND_IDS.flatMap((backend) => {
    const { choosesAlgorithm, tf32, hasKnownFaults, certifiedLevels } = BACKENDS[backend];
    const fails = (choosesAlgorithm && !anyAlgorithm) || (tf32 && !tf32Safe) || (hasKnownFaults && webgpuFaults > 0);
    return fails || certifiedLevels.length === 0 ? [] : [{ backend, optimizationLevels: certifiedLevels }];
  });
}
