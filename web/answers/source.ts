import type { Failure } from "../failures.ts";

/** What a sketch asks: the pixels that the preview shows, of one model. */
export interface SketchRequest {
  /** One grey level a pixel of the model's input, light ink on a dark ground. */
  readonly pixels: Uint8Array;
  /** The id of a served model. */
  readonly model: string;
}

/** What one runtime made of it: an answer, or why there is none. */
export type AnswerRow =
  | {
      readonly source: string;
      readonly ok: true;
      readonly label: string;
      /** One a label; null where it is not finite. */
      readonly probabilities: readonly (number | null)[];
      /** Bit for bit as the runtime gave them. */
      readonly logits: Float32Array;
      /** Of the inference alone; null where it could not be measured. */
      readonly latencyMs: number | null;
    }
  | { readonly source: string; readonly ok: false; readonly code: string; readonly message: string };

export interface SourceResponse {
  readonly rows: readonly AnswerRow[];
  /** Alarms about the answer as a whole, e.g. a broken certificate. */
  readonly alarms: readonly Failure[];
}

/**
 * Whoever can answer a sketch, with one row or several. The view asks all its sources at once, shows each row as it
 * comes (a later row of the same name replaces the earlier) and compares them bit by bit, so that a further runtime
 * needs nothing but this.
 */
export interface AnswerSource {
  readonly id: string;
  /** Answers within some milliseconds: asked while the stroke is still being drawn, too. */
  readonly quick: boolean;
  /** @throws CombinedError or Error; what it throws after `signal` was aborted is not looked at */
  ask(request: SketchRequest, signal: AbortSignal): Promise<SourceResponse>;
}
