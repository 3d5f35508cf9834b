import { BACKEND_IDS, BACKENDS } from "#core/backends.ts";
import type { CoveredBackend } from "./certificate.ts";

/** What a proof establishes beyond sums in any order. */
interface Reach {
  readonly anyAlgorithm: boolean;
  readonly tf32Safe: boolean;
  /** How many nodes ONNX Runtime's WebGPU provider is known to compute incorrectly. */
  readonly webgpuFaults: number;
}

/** The backends whose freedoms the proof withstands, at the levels whose fusions the rules model. */
export function coverageOf({ anyAlgorithm, tf32Safe, webgpuFaults }: Reach): readonly CoveredBackend[] {
  return BACKEND_IDS.flatMap((backend) => {
    const { choosesAlgorithm, tf32, hasKnownFaults, certifiedLevels } = BACKENDS[backend];
    const fails = (choosesAlgorithm && !anyAlgorithm) || (tf32 && !tf32Safe) || (hasKnownFaults && webgpuFaults > 0);
    return fails || certifiedLevels.length === 0 ? [] : [{ backend, optimizationLevels: certifiedLevels }];
  });
}
