import { BACKENDS, type BackendId } from "./backends.ts";
import type { Backend, Inference } from "./backends/backend.ts";
import { IsobitError, messageOf } from "./errors.ts";
import type { Host } from "./host.ts";
import { type PreparedInput, withInputErrors } from "./preprocess.ts";
import type { Plan } from "./validate.ts";

/** For each backend: one inference per planned input, in the same order. */
export type Outputs = ReadonlyMap<string, readonly Inference[]>;

/** Sends the same tensors to every backend, all backends at once, one call each for all images. */
export async function infer(plan: Plan, inputs: readonly PreparedInput[], { backends }: Host): Promise<Outputs> {
  const ready = inputs.flatMap((input) => (input.ok ? [input.tensor] : []));
  const answered = await Promise.all(
    plan.sources.map(async (id) => [id, await runOne(id, backends.get(id), plan, ready)] as const),
  );
  return new Map(answered.map(([id, inferences]) => [id, withInputErrors(inputs, inferences)]));
}

async function runOne(
  id: BackendId,
  backend: Backend | undefined,
  plan: Plan,
  tensors: readonly Float32Array[],
): Promise<readonly Inference[]> {
  if (tensors.length === 0) return [];
  try {
    if (!backend) throw new IsobitError("BACKEND_UNAVAILABLE", `${id} is not configured on this side.`);
    const inferences = await backend.infer(plan.model, tensors);
    if (inferences.length !== tensors.length) {
      throw new IsobitError("BACKEND_FAILED", `${id} answered ${inferences.length} of ${tensors.length} inputs.`);
    }
    return inferences.map((inference) => checkedLength(id, plan, inference));
  } catch (error) {
    const failure = asBackendError(id, error);
    return tensors.map(() => ({ ok: false, error: failure }));
  }
}

/** A result with another length than the model's labels did not come from this model. */
function checkedLength(id: BackendId, { model }: Plan, inference: Inference): Inference {
  if (!inference.ok || inference.logits.length === model.labels.length) return inference;
  const message = `${id} answered ${inference.logits.length} logits where ${model.id} has ${model.labels.length} labels.`;
  return { ok: false, error: new IsobitError("BACKEND_FAILED", message) };
}

function asBackendError(id: BackendId, error: unknown): IsobitError {
  if (error instanceof IsobitError) return error;
  const { executionProvider } = BACKENDS[id];
  return new IsobitError("BACKEND_FAILED", `${id} (${executionProvider}) failed: ${messageOf(error)}`, {
    cause: error,
  });
}
