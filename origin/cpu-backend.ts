import { cpus } from "node:os";
import { BACKENDS, type Backend, type BackendStatus, OPTIMIZATION_LEVEL } from "#core/backend.ts";
import { messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import type { ServedModel } from "#core/catalogue.ts";
import { sharingRuns } from "#core/shared-runs.ts";
import { cutPart, recentSource } from "#core/trace/cut.ts";
import { asInference, failed, notServed, runAll } from "./outcomes.ts";
import { fusedNodes, runPart } from "./parts.ts";
import { type ModelSession, openSession, RUNTIME_VERSION, servingOptions } from "./session.ts";

/**
 * The CPU provider, in the origin's own process. Every model's session is opened and has answered once before this
 * returns, so that a model that cannot run stops the start.
 * @param nameOf what to call a model in a sentence: its file, where it is known
 * @throws ModelRejected that names the model and what ONNX Runtime objects to
 */
export async function openCpuBackend(
  models: readonly ServedModel[],
  nameOf: (model: ServedModel) => string,
): Promise<Backend> {
  const sessions = new Map<string, ModelSession>();
  for (const model of models) sessions.set(model.info.sha256, await openOrStop(model, nameOf));
  const executedBytes = new Map(models.map(({ info, executed }) => [info.sha256, executed]));
  const bytesOf = (model: ModelInfo): Uint8Array => executedBytes.get(model.sha256) ?? notServed("CPU", model);
  const sourceOf = recentSource(bytesOf);
  // Read once: it opens a file for each core, and every question asks for the status.
  const status: BackendStatus = {
    backend: "CPU",
    ...BACKENDS.CPU,
    available: true,
    reason: null,
    runtimeVersion: RUNTIME_VERSION,
    optimizationLevel: OPTIMIZATION_LEVEL,
    device: cpus()[0]?.model.trim() || null,
    hardwareGpu: false,
  };
  return {
    id: "CPU",
    status: async () => status,
    infer: async (model, tensors) => {
      const session = sessions.get(model.sha256);
      if (!session) return notServed("CPU", model);
      const outcomes = await runAll(session, tensors);
      return outcomes.map((outcome) => asInference("CPU", outcome));
    },
    evaluate: async (model, part, feeds) => {
      const cut = cutPart(await sourceOf(model), part, feeds);
      const options = servingOptions("cpu", model, bytesOf(model).length);
      return await runPart("cpu", cut, feeds, options).catch((error: unknown) => {
        throw failed("CPU", messageOf(error));
      });
    },
    fusedNodes: async (model, part) => await fusedNodes("cpu", cutPart(await sourceOf(model), part, new Map())),
  };
}

async function openOrStop(model: ServedModel, nameOf: (model: ServedModel) => string): Promise<ModelSession> {
  try {
    const session = await openSession("cpu", model.info, model.executed);
    return { model: session.model, run: sharingRuns(session.model, session.run) };
  } catch (error) {
    throw new ModelRejected(`${nameOf(model)}: ${objection(messageOf(error))}`, { cause: error });
  }
}

function objection(words: string): string {
  const [, operator, opset] = /No Op registered for (\S+) with domain_version of (\d+)/.exec(words) ?? [];
  const which = `ONNX Runtime ${RUNTIME_VERSION} cannot run the model.`;
  if (operator === undefined) return `${which} It says: ${words}`;
  return `${which} It uses the operator ${operator}, which opset ${opset} does not have. Export it with ONNX's own operators.`;
}
