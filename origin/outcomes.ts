import { BACKENDS, type BackendId, type Inference } from "#core/backend.ts";
import { runsOf } from "#core/batching.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model.ts";
import type { ModelSession } from "./session.ts";

/** One image's answer as it crosses from a GPU backend's process; an error's class does not survive that, its words do. */
export type Outcome =
  | { readonly ok: true; readonly logits: Float32Array; readonly latencyMs: number }
  | { readonly ok: false; readonly message: string };

/** Every tensor's outcome, in order. Those that may share a run do; a failed run fails each of its rows. */
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

export function asInference(id: BackendId, outcome: Outcome): Inference {
  return outcome.ok ? outcome : { ok: false, error: failed(id, outcome.message) };
}

export function notServed(id: BackendId, model: ModelInfo): never {
  throw failed(id, `the model ${model.id} (${model.sha256}) is not served here`);
}

/** ONNX Runtime's words beside the backend and provider that said them. */
export function failed(id: BackendId, why: string): IsobitError {
  return new IsobitError("BACKEND_FAILED", `${id} (${BACKENDS[id].executionProvider}) failed: ${why}`);
}
