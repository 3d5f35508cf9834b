import { base64 } from "@scure/base";
import type { BackendId } from "#core/backends.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import type { PredictionAnswer } from "#core/respond.ts";
import { finiteOrNull } from "../floats.ts";

/** What every answer of a backend carries beyond Paragon's keys: who really computed it, and its logits as bits. */
export interface ComputedBy {
  readonly model: string;
  readonly computed_by: BackendId;
  readonly execution_provider: string;
  /** Base64 of the logits as little-endian float32. */
  readonly logits_bits: string;
}

export function computedBy({ model, backend, logits }: PredictionAnswer): ComputedBy {
  return {
    model: model.id,
    computed_by: backend,
    execution_provider: logits.executionProvider,
    logits_bits: base64.encode(bytesOf(logits.logits)),
  };
}

/** Null where a probability is not finite, which JSON cannot say. */
export function probabilitiesOf({ probabilities }: PredictionAnswer): (number | null)[] {
  return probabilities.map(finiteOrNull);
}

/** To the microsecond, as Paragon has it; null where the side cannot measure, since 0 would be a claim. */
export function latencySeconds({ latencyMs }: PredictionAnswer): number | null {
  return latencyMs === null ? null : Math.round(latencyMs * 1000) / 1e6;
}
