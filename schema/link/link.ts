import { BACKEND_IDS, BACKENDS, type BackendId } from "#core/backends.ts";
import { type Backend, type BackendStatus, type Inference, unavailable } from "#core/backends/backend.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import {
  LINK_BATCH_BYTES,
  LINK_BATCHES_AT_ONCE,
  LINK_DECODE_TIMEOUT_MS,
  LINK_EVALUATE_TIMEOUT_MS,
  LINK_INFER_TIMEOUT_MS,
  LINK_INFER_TIMEOUT_PER_IMAGE_MS,
  LINK_STATUS_TIMEOUT_MS,
} from "#core/limits.ts";
import type { ImageModel, ModelInfo } from "#core/model/model.ts";
import { bytesOf, floatsOf } from "#core/tensors/bits.ts";
import { joinedFloats, rowsOf } from "#core/tensors/joined.ts";
import { type Ask, asker, type LinkOptions } from "./call.ts";
import type { Message } from "./message.ts";
import { type Answers, fromFailure, fromTensors, toTensors } from "./questions.ts";

/** The other side of the split, reached over HTTP. */
export interface Link {
  /** The other side's backends, usable like local ones. */
  readonly backends: readonly Backend[];
  /**
   * Has the origin decode images for a model; one answer per file, in the same order.
   * @throws IsobitError where none can be had
   */
  decode(files: readonly Uint8Array[], model: ImageModel): Promise<(Levels | Error)[]>;
}

/** @returns the other side's backends and decoder; nothing is asked before they are used */
export function createLink(options: LinkOptions): Link {
  const ask = asker(options);
  const statuses = sharedWhileInFlight(async () => (await ask("statuses", {}, LINK_STATUS_TIMEOUT_MS)).json);
  const held = BACKEND_IDS.filter((id) => BACKENDS[id].side === options.holds);
  return {
    backends: held.map((id) => linkedBackend(id, ask, statuses)),
    decode: (files, model) => decode(files, model, ask),
  };
}

function linkedBackend(id: BackendId, ask: Ask, statuses: () => Promise<readonly BackendStatus[]>): Backend {
  return {
    id,
    async status() {
      try {
        const found = (await statuses()).find((status) => status.backend === id);
        return found ?? unavailable(id, "The other side does not know this backend; update both to the same version.");
      } catch (error) {
        return unavailable(id, messageOf(error));
      }
    },
    async infer(model, tensors, call) {
      const timeoutMs = LINK_INFER_TIMEOUT_MS + tensors.length * LINK_INFER_TIMEOUT_PER_IMAGE_MS;
      const asked = { backend: id, modelSha256: model.sha256 };
      return await inBatches(tensors, model, async (batch) => {
        const answer = await ask("infer", asked, timeoutMs, { bytes: [bytesOf(joinedFloats(batch))], call });
        return splitInference(answer.json, answer.bytes, batch.length, model);
      });
    },
    async evaluate({ sha256 }, part, feeds, call) {
      const { heads, bytes } = toTensors(feeds);
      const asked = { backend: id, modelSha256: sha256, part, feeds: heads };
      const answer = await ask("evaluate", asked, LINK_EVALUATE_TIMEOUT_MS, { bytes, call });
      return fromTensors(answer.json, answer.bytes);
    },
    async fusedNodes({ sha256 }, part, call) {
      const asked = { backend: id, modelSha256: sha256, part };
      return (await ask("fusedNodes", asked, LINK_EVALUATE_TIMEOUT_MS, { call })).json;
    },
  };
}

/**
 * Asks for a few batches at a time, each small enough for a Worker: the next one has arrived when the last is done. The
 * first that fails fails them all, since the others would only wait as long for the same side.
 */
async function inBatches(
  tensors: readonly Float32Array[],
  { input }: ModelInfo,
  ask: (batch: readonly Float32Array[]) => Promise<Inference[]>,
): Promise<Inference[]> {
  const rows = Math.max(1, Math.floor(LINK_BATCH_BYTES / (input.elements * Float32Array.BYTES_PER_ELEMENT)));
  const batches = Array.from({ length: Math.ceil(tensors.length / rows) }, (_, at) =>
    tensors.slice(at * rows, (at + 1) * rows),
  );
  const answers: Inference[][] = [];
  let next = 0;
  const askOneAfterAnother = async (): Promise<void> => {
    while (next < batches.length) {
      const at = next++;
      answers[at] = await ask(batches[at]!).catch((error: unknown) => {
        next = batches.length;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: LINK_BATCHES_AT_ONCE }, askOneAfterAnother));
  return answers.flat();
}

async function decode(files: readonly Uint8Array[], { sha256 }: ImageModel, ask: Ask): Promise<(Levels | Error)[]> {
  const { json, bytes } = await ask("decode", { modelSha256: sha256 }, LINK_DECODE_TIMEOUT_MS, { bytes: files });
  const levels = bytes.values();
  return json.map((each) =>
    "code" in each ? fromFailure(each) : { ...each, values: levels.next().value ?? new Uint8Array() },
  );
}

function splitInference(
  entries: Answers["infer"],
  [bytes = new Uint8Array()]: Message["bytes"],
  count: number,
  { id, labels }: ModelInfo,
): Inference[] {
  const rows = rowsOf(floatsOf(bytes), labels.length);
  const answered = entries.filter((entry) => !("code" in entry)).length;
  if (entries.length !== count || bytes.length !== answered * labels.length * Float32Array.BYTES_PER_ELEMENT) {
    throw new IsobitError(
      "BACKEND_FAILED",
      `The other side answered ${entries.length} of ${count} inputs of ${id}, with ${bytes.length} bytes of logits.`,
    );
  }
  const next = rows.values();
  return entries.map((entry): Inference =>
    "code" in entry
      ? { ok: false, error: fromFailure(entry) }
      : { ok: true, logits: next.next().value!, latencyMs: entry.latencyMs },
  );
}

/** Several backends asked for their status at once need one call. */
function sharedWhileInFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
