import { base64 } from "@scure/base";
import {
  BACKEND_IDS,
  BACKENDS,
  type Backend,
  type BackendId,
  type BackendStatus,
  type Inference,
  type Side,
  unavailable,
} from "#core/backend.ts";
import { bytesOf, floatsOf } from "#core/bits.ts";
import { IsobitError, isErrorCode, messageOf } from "#core/errors.ts";
import type { Levels } from "#core/grey.ts";
import {
  LINK_DECODE_TIMEOUT_MS,
  LINK_EVALUATE_TIMEOUT_MS,
  LINK_INFER_TIMEOUT_MS,
  LINK_INFER_TIMEOUT_PER_IMAGE_MS,
  LINK_STATUS_TIMEOUT_MS,
} from "#core/limits.ts";
import type { ModelInfo } from "#core/model.ts";
import { partVariables, toNamedTensors, toTensorList } from "./held-parts.ts";

export interface LinkOptions {
  /** The other side's root, e.g. http://127.0.0.1:4000. */
  readonly url: string;
  /** ORIGIN_TOKEN; without it the other side answers nothing, and that is what its backends then say. */
  readonly token: string | undefined;
  /** The side that is reached. */
  readonly holds: Side;
  fetch(request: Request): Promise<Response>;
}

/** The other side of the split, reached over HTTP through the schema. */
export interface Link {
  /** The other side's backends, usable like local ones. */
  readonly backends: readonly Backend[];
  /**
   * Has the origin decode pictures for a model; one answer a file, in the same order.
   * @throws IsobitError where none can be had
   */
  decode(files: readonly Uint8Array[], model: ModelInfo): Promise<(Levels | Error)[]>;
}

const STATUSES_QUERY = `{ held { statuses {
  backend side available reason executionProvider runtime runtimeVersion optimizationLevel device hardwareGpu
} } }`;

const INFER_QUERY = `query ($backend: Backend!, $modelSha256: String!, $tensors: Bytes!) {
  held { infer(backend: $backend, modelSha256: $modelSha256, tensors: $tensors) {
    logits latenciesMs failures { index code message }
  } }
}`;

const EVALUATE_QUERY = `query ($backend: Backend!, $modelSha256: String!, $part: HeldPart!, $feeds: [HeldTensorInput!]!) {
  held { evaluate(backend: $backend, modelSha256: $modelSha256, part: $part, feeds: $feeds) { name type dims bytes } }
}`;

const FUSED_NODES_QUERY = `query ($backend: Backend!, $modelSha256: String!, $part: HeldPart!) {
  held { fusedNodes(backend: $backend, modelSha256: $modelSha256, part: $part) }
}`;

const DECODE_QUERY = `query ($modelSha256: String!, $files: [Bytes!]!) {
  held { decode(modelSha256: $modelSha256, files: $files) { width height channels levels code message } }
}`;

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

type Call = (query: string, variables: Record<string, unknown>, timeoutMs: number) => Promise<Record<string, unknown>>;

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
      const variables = { backend: id, modelSha256: model.sha256, tensors: base64.encode(joinTensors(tensors)) };
      const { infer } = (await call(INFER_QUERY, variables, timeoutMs)) as { infer: WireInference };
      return splitInference(infer, tensors.length, model);
    },
    async evaluate({ sha256 }, part, feeds) {
      const tensors = toTensorList(feeds).map((tensor) => ({ ...tensor, bytes: base64.encode(tensor.bytes) }));
      const variables = { backend: id, modelSha256: sha256, part: partVariables(part), feeds: tensors };
      const { evaluate } = (await call(EVALUATE_QUERY, variables, LINK_EVALUATE_TIMEOUT_MS)) as {
        evaluate: WireTensor[];
      };
      return toNamedTensors(evaluate.map((tensor) => ({ ...tensor, bytes: base64.decode(tensor.bytes) })));
    },
    async fusedNodes({ sha256 }, part) {
      const variables = { backend: id, modelSha256: sha256, part: partVariables(part) };
      const { fusedNodes } = (await call(FUSED_NODES_QUERY, variables, LINK_EVALUATE_TIMEOUT_MS)) as {
        fusedNodes: string[] | null;
      };
      return fusedNodes;
    },
  };
}

async function fetchStatuses(call: Call, side: Side): Promise<readonly BackendStatus[]> {
  const { statuses } = (await call(STATUSES_QUERY, {}, LINK_STATUS_TIMEOUT_MS)) as { statuses: BackendStatus[] };
  return statuses.filter((status) => status.side === side);
}

async function decode(files: readonly Uint8Array[], model: ModelInfo, call: Call): Promise<(Levels | Error)[]> {
  const variables = { modelSha256: model.sha256, files: files.map((file) => base64.encode(file)) };
  const { decode: decoded } = (await call(DECODE_QUERY, variables, LINK_DECODE_TIMEOUT_MS)) as {
    decode: WirePicture[];
  };
  return decoded.map(({ width, height, channels, levels, code, message }) =>
    levels === null
      ? new IsobitError(isErrorCode(code) ? code : "UNSUPPORTED_IMAGE", message ?? "It could not be decoded.")
      : { width, height, channels, values: base64.decode(levels) },
  );
}

interface WireInference {
  readonly logits: string;
  readonly latenciesMs: readonly (number | null)[];
  readonly failures: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

interface WireTensor {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly bytes: string;
}

interface WirePicture {
  readonly width: number;
  readonly height: number;
  readonly channels: Levels["channels"];
  readonly levels: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

function joinTensors(tensors: readonly Float32Array[]): Uint8Array {
  const joined = new Uint8Array(tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0));
  let at = 0;
  for (const tensor of tensors) {
    joined.set(bytesOf(tensor), at);
    at += tensor.byteLength;
  }
  return joined;
}

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

/** One POST to the other side's /graphql, every failure of it as an IsobitError that says what to do. */
function caller({ url, token, holds, fetch }: LinkOptions): Call {
  const side = holds.toLowerCase();
  const endpoint = new URL("graphql", url.endsWith("/") ? url : `${url}/`);
  return async (query, variables, timeoutMs) => {
    if (token === undefined) {
      throw new IsobitError(
        "UNAUTHENTICATED",
        `No ORIGIN_TOKEN is set, so the ${side} is not asked. Start both sides with the same one (npm start does).`,
      );
    }
    const request = new Request(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const response = await reach(request, fetch, side, url, timeoutMs);
    return heldOf(await readJson(response, side, url), side);
  };
}

async function reach(
  request: Request,
  fetch: LinkOptions["fetch"],
  side: string,
  url: string,
  timeoutMs: number,
): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
      throw new IsobitError("TIMEOUT", `The ${side} at ${url} did not answer within ${timeoutMs / 1000} s.`, {
        cause: error,
      });
    }
    throw unreachable(side, url, messageOf(error instanceof Error && error.cause ? error.cause : error), error);
  }
}

async function readJson(response: Response, side: string, url: string): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(side, url, `its answer broke off (${messageOf(error)})`, error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreachable(side, url, `what answers there is no isobit (HTTP ${response.status}, not JSON)`, error);
  }
}

/** ORIGIN_UNREACHABLE in the edge's eyes; the origin says the same of the edge, which has no code of its own. */
function unreachable(side: string, url: string, why: string, cause: unknown): IsobitError {
  const code = side === "origin" ? "ORIGIN_UNREACHABLE" : "BACKEND_UNAVAILABLE";
  return new IsobitError(
    code,
    `The ${side} at ${url} cannot be reached: ${why.replace(/\.$/, "")}. Start it with \`npm run ${side}\`.`,
    { cause },
  );
}

function heldOf(body: unknown, side: string): Record<string, unknown> {
  const { data, errors } = (body ?? {}) as {
    data?: { held?: Record<string, unknown> } | null;
    errors?: { message?: string; extensions?: { code?: unknown } }[];
  };
  if (data?.held) return data.held;
  const first = errors?.[0];
  const code = first?.extensions?.code;
  throw new IsobitError(
    isErrorCode(code) ? code : "BACKEND_FAILED",
    `The ${side} says: ${first?.message ?? "nothing"}`,
  );
}

/** Five backends asked for their status at once need one call, not five. */
function sharedWhileInFlight<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () => (current ??= work().finally(() => (current = undefined)));
}
