import { base64 } from "@scure/base";
import { BACKEND_IDS, BACKENDS, type BackendId, type Side } from "#core/backends.ts";
import { type Backend, type BackendStatus, type Inference, unavailable } from "#core/backends/backend.ts";
import { bytesOf, floatsOf } from "#core/tensors/bits.ts";
import { IsobitError, isErrorCode, messageOf } from "#core/errors.ts";
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
import { joinedFloats } from "#core/tensors/joined.ts";
import type { ImageModel, ModelInfo } from "#core/model/model.ts";
import { partVariables, toNamedTensors, toTensorList } from "./held-parts.ts";
import { type Call, caller, type LinkOptions } from "./link-call.ts";
import { graphql } from "./link-query.ts";
import type { AnswerOf } from "./typed-query.ts";

/** The other side of the split, reached over HTTP through the schema. */
export interface Link {
  /** The other side's backends, usable like local ones. */
  readonly backends: readonly Backend[];
  /**
   * Has the origin decode images for a model; one answer a file, in the same order.
   * @throws IsobitError where none can be had
   */
  decode(files: readonly Uint8Array[], model: ImageModel): Promise<(Levels | Error)[]>;
}

const STATUSES_QUERY = graphql(`
  {
    held {
      statuses {
        backend side available reason executionProvider runtime runtimeVersion optimizationLevel device
        hardwareGpu
      }
    }
  }
`);

const INFER_QUERY = graphql(`
  query($backend: Backend!, $modelSha256: String!, $tensors: Bytes!) {
    held {
      infer(backend: $backend, modelSha256: $modelSha256, tensors: $tensors) {
        logits latenciesMs failures { index code message }
      }
    }
  }
`);

const EVALUATE_QUERY = graphql(`
  query($backend: Backend!, $modelSha256: String!, $part: HeldPart!, $feeds: [HeldTensorInput!]!) {
    held {
      evaluate(backend: $backend, modelSha256: $modelSha256, part: $part, feeds: $feeds) {
        name type dims bytes
      }
    }
  }
`);

const FUSED_NODES_QUERY = graphql(`
  query($backend: Backend!, $modelSha256: String!, $part: HeldPart!) {
    held { fusedNodes(backend: $backend, modelSha256: $modelSha256, part: $part) }
  }
`);

const DECODE_QUERY = graphql(`
  query($modelSha256: String!, $files: [Bytes!]!) {
    held {
      decode(modelSha256: $modelSha256, files: $files) {
        width height channels levels code message
      }
    }
  }
`);

/** @returns the other side's backends and decoder; nothing is asked before they are used */
export function createLink(options: LinkOptions): Link {
  const call = caller(options);
  const statuses = sharedWhileInFlight(() => fetchStatuses(call, options.holds));
  const held = BACKEND_IDS.filter((id) => BACKENDS[id].side === options.holds);
  return {
    backends: held.map((id) => linkedBackend(id, call, statuses)),
    decode: (files, model) => decode(files, model, call),
  };
}

function linkedBackend(id: BackendId, call: Call, statuses: () => Promise<readonly BackendStatus[]>): Backend {
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
    async infer(model, tensors) {
      const timeoutMs = LINK_INFER_TIMEOUT_MS + tensors.length * LINK_INFER_TIMEOUT_PER_IMAGE_MS;
      const variables = { backend: id, modelSha256: model.sha256 };
      return await inBatches(tensors, model, async (batch) => {
        const bytes = { name: "tensors" as const, bytes: bytesOf(joinedFloats(batch)) };
        const { infer } = await call(INFER_QUERY, variables, timeoutMs, bytes);
        return splitInference(infer, batch.length, model);
      });
    },
    async evaluate({ sha256 }, part, feeds) {
      const tensors = toTensorList(feeds).map((tensor) => ({ ...tensor, bytes: base64.encode(tensor.bytes) }));
      const variables = { backend: id, modelSha256: sha256, part: partVariables(part), feeds: tensors };
      const { evaluate } = await call(EVALUATE_QUERY, variables, LINK_EVALUATE_TIMEOUT_MS);
      return toNamedTensors(evaluate.map((tensor) => ({ ...tensor, bytes: base64.decode(tensor.bytes) })));
    },
    async fusedNodes({ sha256 }, part) {
      const variables = { backend: id, modelSha256: sha256, part: partVariables(part) };
      const { fusedNodes } = await call(FUSED_NODES_QUERY, variables, LINK_EVALUATE_TIMEOUT_MS);
      return fusedNodes;
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

async function fetchStatuses(call: Call, side: Side): Promise<readonly BackendStatus[]> {
  const { statuses } = await call(STATUSES_QUERY, {}, LINK_STATUS_TIMEOUT_MS);
  return statuses.filter((status) => status.side === side);
}

async function decode(files: readonly Uint8Array[], model: ImageModel, call: Call): Promise<(Levels | Error)[]> {
  const variables = { modelSha256: model.sha256, files: files.map((file) => base64.encode(file)) };
  const { decode: decoded } = await call(DECODE_QUERY, variables, LINK_DECODE_TIMEOUT_MS);
  return decoded.map(({ width, height, channels, levels, code, message }) => {
    if (levels === null)
      return new IsobitError(isErrorCode(code) ? code : "UNSUPPORTED_IMAGE", message ?? "It could not be decoded.");
    if (channels !== 1 && channels !== 3)
      return new IsobitError("BACKEND_FAILED", `The other side answered an image of ${channels} channels.`);
    return { width, height, channels, values: base64.decode(levels) };
  });
}

type WireInference = AnswerOf<typeof INFER_QUERY>["held"]["infer"];

function splitInference(wire: WireInference, count: number, { id, labels }: ModelInfo): Inference[] {
  const logits = floatsOf(base64.decode(wire.logits));
  const failures = new Map(wire.failures.map((failure) => [failure.index, failure]));
  if (logits.length !== (count - failures.size) * labels.length) {
    throw new IsobitError(
      "BACKEND_FAILED",
      `The other side answered ${logits.length} logits for ${count} inputs of ${id}.`,
    );
  }
  let row = 0;
  return Array.from({ length: count }, (_, index): Inference => {
    const failure = failures.get(index);
    if (failure) {
      const code = isErrorCode(failure.code) ? failure.code : "BACKEND_FAILED";
      return { ok: false, error: new IsobitError(code, failure.message) };
    }
    const latencyMs = wire.latenciesMs[row] ?? null;
    const own = logits.slice(row * labels.length, (row + 1) * labels.length);
    row += 1;
    return { ok: true, logits: own, latencyMs };
  });
}

/** Five backends asked for their status at once need one call, not five. */
function sharedWhileInFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
