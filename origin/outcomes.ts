import { BACKENDS, type BackendId } from "#core/backends.ts";
import type { Inference } from "#core/backends/backend.ts";
import { runsOf } from "#core/backends/batching.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { joinedFloats } from "#core/tensors/joined.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { ModelSession } from "./session.ts";

/** One image's answer; between processes or threads, an error's class is lost, but its message is kept. */
export type Outcome =
  | { readonly ok: true; readonly logits: Float32Array; readonly latencyMs: number }
  | { readonly ok: false; readonly message: string };

/** Outcomes as they cross: one object for all, since cloning many small typed arrays costs more than their bytes. */
export interface PackedOutcomes {
  /** Of the rows that have them, one after the other. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** A row each: its time, or what went wrong with it. */
  readonly rows: readonly (number | string)[];
}

/** Every tensor's outcome, in order. Tensors that may share a run do; if a run fails, each of its rows fails. */
export async function runAll(session: ModelSession, tensors: readonly Float32Array[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const rows of runsOf(session.model, tensors)) outcomes.push(...(await runTogether(session, rows)));
  return outcomes;
}

async function runTogether(session: ModelSession, rows: readonly Float32Array[]): Promise<Outcome[]> {
  try {
    const { logits, latencyMs } = await session.run(rows);
    return logits.map((row) => ({ ok: true, logits: row, latencyMs: latencyMs / rows.length }));
  } catch (error) {
    return rows.map(() => ({ ok: false, message: messageOf(error) }));
  }
}

export function packed(outcomes: readonly Outcome[]): PackedOutcomes {
  return {
    logits: joinedFloats(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.logits] : []))),
    rows: outcomes.map((outcome) => (outcome.ok ? outcome.latencyMs : outcome.message)),
  };
}

export function unpacked({ logits, rows }: PackedOutcomes, { labels }: Pick<ModelInfo, "labels">): Outcome[] {
  let at = 0;
  return rows.map((row) => {
    if (typeof row === "string") return { ok: false, message: row };
    return { ok: true, logits: logits.slice(at, (at += labels.length)), latencyMs: row };
  });
}

export function asInference(id: BackendId, outcome: Outcome): Inference {
  return outcome.ok ? outcome : { ok: false, error: failed(id, outcome.message) };
}

export function notServed(id: BackendId, model: ModelInfo): never {
  throw failed(id, `the model ${model.id} (${model.sha256}) is not loaded here`);
}

/** ONNX Runtime's message with the backend and provider that it comes from. */
export function failed(id: BackendId, why: string): IsobitError {
  return new IsobitError("BACKEND_FAILED", `${id} (${BACKENDS[id].executionProvider}) failed: ${why}`);
}
