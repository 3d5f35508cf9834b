import { runsOf } from "#core/backends/batching.ts";
import { BACKENDS } from "#core/backends.ts";
import { available, type Backend, type Inference, unavailable } from "#core/backends/backend.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { MAX_TRACED_EDGE_MODEL_BYTES } from "#core/limits.ts";
import type { Catalogue, ModelInfo } from "#core/model/model.ts";
import { cutPart, recentSource } from "#core/trace/cut.ts";
import { fusedNodesOfLog } from "./fused-nodes.ts";
import { lazily } from "./lazy.ts";
import { RUNTIME_VERSION } from "./wasm-runtime.ts";
import { createWasmSessions, type WasmSessions } from "./wasm-sessions.ts";

/** After this many images in a row, other requests get a turn. */
const IMAGES_BETWEEN_PAUSES = 64;

export interface WasmBackendOptions {
  readonly catalogue: Catalogue;
  /** The executed bytes of a model, their hash checked. */
  readModel(model: ModelInfo): Promise<Uint8Array>;
  now(): number;
}

/** onnxruntime-web in this Worker. */
export function createWasmBackend({ catalogue, readModel, now }: WasmBackendOptions): Backend {
  const sessions = createWasmSessions(readModel);
  const sourceOf = recentSource(async (model: ModelInfo) => {
    refuseLargeTrace(model, model.sizeBytes);
    const bytes = await readModel(model);
    // Weights that lay in another file are in these bytes, and were not in that size.
    refuseLargeTrace(model, bytes.length);
    return bytes;
  });
  const probed = lazily(() => probe(sessions, catalogue));
  return {
    id: "WASM",
    async status() {
      try {
        await probed();
      } catch (error) {
        return unavailable("WASM", messageOf(error), RUNTIME_VERSION);
      }
      // A Worker cannot find out what it runs on.
      return available("WASM", { runtimeVersion: RUNTIME_VERSION, device: null, hardwareGpu: false });
    },
    infer: (model, tensors) => inferAll(sessions, model, tensors, now),
    evaluate: async (model, part, feeds) => {
      const cut = cutPart(await sourceOf(model), part, feeds);
      return await sessions.runOnce(cut, feeds).catch((error: unknown) => {
        throw asBackendError(error);
      });
    },
    fusedNodes: async (model, part) => {
      const cut = cutPart(await sourceOf(model), part, new Map());
      return fusedNodesOfLog(await sessions.optimiserLog(cut));
    },
  };
}

/** A trace holds the model's bytes, its decoded weights, a marked copy and a second session in addition to the one that serves. */
function refuseLargeTrace({ id }: ModelInfo, sizeBytes: number): void {
  if (sizeBytes <= MAX_TRACED_EDGE_MODEL_BYTES) return;
  const limit = MAX_TRACED_EDGE_MODEL_BYTES / 1024 / 1024;
  throw new IsobitError(
    "BACKEND_UNAVAILABLE",
    `The model ${id} is ${(sizeBytes / 1024 / 1024).toFixed(1)} MiB; a Worker traces models of up to ${limit} MiB. Compare two backends of the origin, or use \`isobit compare\`.`,
  );
}

/** Runs the default model once. */
async function probe(sessions: WasmSessions, { models }: Catalogue): Promise<void> {
  const model = models[0];
  if (!model) throw new Error("The edge does not serve a model. Build again with `npm run build:edge`.");
  await sessions.run(model, [new Float32Array(model.input.elements)]);
}

async function inferAll(
  sessions: WasmSessions,
  model: ModelInfo,
  tensors: readonly Float32Array[],
  now: () => number,
): Promise<Inference[]> {
  const answers: (Float32Array | IsobitError)[] = [];
  let computedMs = 0;
  let sincePause = 0;
  for (const rows of runsOf(model, tensors)) {
    if (sincePause >= IMAGES_BETWEEN_PAUSES) {
      await scheduler.wait(0);
      sincePause = 0;
    }
    const before = now();
    answers.push(...(await sessions.run(model, rows).catch((error: unknown) => failEach(rows, error))));
    computedMs += now() - before;
    sincePause += rows.length;
  }
  const latencyMs = shareOf(computedMs, tensors.length);
  return answers.map((answer) =>
    answer instanceof IsobitError ? { ok: false, error: answer } : { ok: true, logits: answer, latencyMs },
  );
}

function failEach(rows: readonly Float32Array[], error: unknown): IsobitError[] {
  const failure = asBackendError(error);
  return rows.map(() => failure);
}

/**
 * A Worker's clock moves in whole milliseconds here and not at all between two I/O events when deployed, so each
 * image is given its share of the whole, and none where the clock stood still.
 */
function shareOf(computedMs: number, images: number): number | null {
  return computedMs > 0 ? computedMs / images : null;
}

function asBackendError(error: unknown): IsobitError {
  if (error instanceof IsobitError) return error;
  const { executionProvider } = BACKENDS.WASM;
  return new IsobitError("BACKEND_FAILED", `WASM (${executionProvider}) failed: ${messageOf(error)}`, { cause: error });
}
