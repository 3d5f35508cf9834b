import type { Failure } from "../failures.ts";

/** A sketch for one model: the pixels shown in the preview. */
export interface SketchRequest {
  /** One grey level per pixel of the model's input, light ink on a dark background. */
  readonly pixels: Uint8Array;
  /** The id of a served model. */
  readonly model: string;
}

/** One runtime's result, or why there is none. */
export type AnswerRow =
  | {
      readonly source: string;
      readonly ok: true;
      readonly label: string;
      /** One per label; null where it is not finite. */
      readonly probabilities: readonly (number | null)[];
      /** Bit for bit as the runtime computed them. */
      readonly logits: Float32Array;
      /** Of the inference alone; null if it was not measured. */
      readonly latencyMs: number | null;
    }
  | { readonly source: string; readonly ok: false; readonly code: string; readonly message: string };

export interface SourceResponse {
  readonly rows: readonly AnswerRow[];
  /** Alarms about the response as a whole, e.g. a violated certificate. */
  readonly alarms: readonly Failure[];
}

/**
 * One or several runtimes that can run a sketch. The view sends the sketch to all its sources at once, shows each row
 * as it arrives (a later row of the same source replaces the earlier one) and compares the rows bit by bit.
 */
export interface AnswerSource {
  readonly id: string;
  /** Responds within milliseconds, so that it can also run while a stroke is being drawn. */
  readonly quick: boolean;
  /** @throws CombinedError or Error; ignored once `signal` is aborted */
  ask(request: SketchRequest, signal: AbortSignal): Promise<SourceResponse>;
}
