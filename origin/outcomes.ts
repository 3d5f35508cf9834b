import { BACKENDS, type BackendId, type Inference } from "#core/backend.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelSession } from "./session.ts";

/** One image's answer as it crosses from a GPU backend's process; an error's class does not survive that, its words do. */
export type Outcome =
  | { readonly ok: true; readonly logits: Float32Array; readonly latencyMs: number }
  | { readonly ok: false; readonly message: string };

/** Each tensor in a run of its own: the same row may have other bits in another batch. */
export async function runEach(session: ModelSession, tensors: readonly Float32Array[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const tensor of tensors) outcomes.push(await runOne(session, tensor));
  return outcomes;
}

async function runOne(session: ModelSession, tensor: Float32Array): Promise<Outcome> {
  try {
    return { ok: true, ...(await session.run(tensor)) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

export function asInference(id: BackendId, outcome: Outcome): Inference {
  return outcome.ok ? outcome : { ok: false, error: failed(id, outcome.message) };
}

/** ONNX Runtime's words beside the backend and provider that said them. */
export function failed(id: BackendId, why: string): IsobitError {
  return new IsobitError("BACKEND_FAILED", `${id} (${BACKENDS[id].executionProvider}) failed: ${why}`);
}
