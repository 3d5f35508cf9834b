import { BACKENDS, BACKEND_IDS, type BackendId } from "./backends.ts";
import type { BackendStatus } from "./backends/backend.ts";
import { checkTolerance, type Tolerance } from "./verdicts/drift.ts";
import { type ErrorCode, IsobitError } from "./errors.ts";
import type { ImageEntry, ImageSource } from "./image/image.ts";
import { MAX_IMAGES_PER_QUERY, MAX_KEY_CHARACTERS } from "./limits.ts";
import type { Catalogue, ModelInfo } from "./model/model.ts";
import type { Peer, PeerStatus } from "./peers/peer.ts";
import type { InferenceRequest } from "./request.ts";
import type { Host } from "./host.ts";

export interface Plan {
  readonly model: ModelInfo;
  readonly items: readonly PlannedInput[];
  /** The backends to compare, each once. */
  readonly sources: readonly BackendId[];
  /** The peers to compare, each once, as they were when the request was made. */
  readonly peers: readonly PeerStatus[];
  readonly reference: BackendId;
  readonly tolerance: Tolerance | null;
  /**
   * The status of every source when the request was made. A promise if the sources do not depend on it, so that a side
   * that is busy inferring does not delay the next request.
   */
  readonly environment: readonly BackendStatus[] | Promise<readonly BackendStatus[]>;
}

/** A future row. An unknown image id is kept, so that its row can report it. */
export interface PlannedInput {
  readonly id: string;
  readonly source: ImageSource | IsobitError;
}

/**
 * Resolves names and refuses requests that cannot be run.
 * @throws IsobitError BAD_INPUT, MODEL_NOT_FOUND, INPUT_TOO_LARGE
 */
export async function validate(request: InferenceRequest, host: Host): Promise<Plan> {
  const model = findModel(request.model, host.catalogue);
  const tolerance = checkTolerance(request.tolerance);
  const items = planInputs(request, host.images);
  const asked = findPeers(request.peers ?? [], host.peers);
  const statuses = statusesFor(request, host);
  const peers = await Promise.all(asked.map((peer) => peer.status()));
  const sources = chooseSources(request, request.backends ? new Map() : await statuses);
  return {
    model,
    items,
    sources,
    peers,
    reference: chooseReference(request.reference, sources),
    tolerance,
    environment: statuses.then((found) => sources.map((id) => found.get(id)).filter((status) => status !== undefined)),
  };
}

/** @throws IsobitError MODEL_NOT_FOUND */
export function findModel(id: string | undefined, catalogue: Catalogue): ModelInfo {
  const model = id === undefined ? catalogue.models[0] : catalogue.models.find((known) => known.id === id);
  if (model) return model;
  const known = catalogue.models.map((each) => each.id).join(", ");
  refuse("MODEL_NOT_FOUND", `No model is called ${JSON.stringify(id)}. Served here: ${known || "none"}.`);
}

/** @throws IsobitError IMAGE_NOT_FOUND */
export function findImage(id: string, images: readonly ImageEntry[]): ImageEntry {
  const entry = images.find((known) => known.id === id);
  if (entry) return entry;
  const known = images.map((each) => each.id).join(", ");
  refuse("IMAGE_NOT_FOUND", `No image is called ${JSON.stringify(id)}. Built in: ${known}.`);
}

/** @throws IsobitError BAD_INPUT for an id that PEERS does not name: an address never comes from a request */
function findPeers(ids: readonly string[], peers: ReadonlyMap<string, Peer>): Peer[] {
  return [...new Set(ids)].map((id) => {
    const peer = peers.get(id);
    if (peer) return peer;
    const known = [...peers.keys()].join(", ");
    refuse(
      "BAD_INPUT",
      `No peer is called ${JSON.stringify(id)}. ${known === "" ? "None is configured" : `Configured: ${known}`}; set PEERS when a side is started.`,
    );
  });
}

function planInputs(request: InferenceRequest, images: readonly ImageEntry[]): PlannedInput[] {
  const { inputs = [], keyedInputs = [] } = request;
  const ids = request.images ?? ((request.inputs ?? request.keyedInputs) ? [] : images.map((image) => image.id));
  const count = ids.length + inputs.length + keyedInputs.length;
  if (count === 0)
    refuse(
      "BAD_INPUT",
      "There is nothing to run: `images` and `inputs` are empty. Omit both to run all built-in images.",
    );
  if (count > MAX_IMAGES_PER_QUERY)
    refuse(
      "INPUT_TOO_LARGE",
      `${count} images in one query; the limit is ${MAX_IMAGES_PER_QUERY}. Split them over several queries.`,
    );
  const unkeyed = [
    ...ids.map((id): PlannedInput => ({ id, source: imageSource(id, images) })),
    ...inputs.map((source, index): PlannedInput => ({ id: `input:${index}`, source })),
  ];
  const names = new Set(unkeyed.map(({ id }) => id));
  for (const { key } of keyedInputs) {
    if (key === "" || key.length > MAX_KEY_CHARACTERS || names.has(key))
      refuse(
        "BAD_INPUT",
        `The key ${JSON.stringify(key.slice(0, MAX_KEY_CHARACTERS))} is not valid: a key must differ from every other key and input name in the request, and have 1 to ${MAX_KEY_CHARACTERS} characters.`,
      );
    names.add(key);
  }
  return [...unkeyed, ...keyedInputs.map(({ key, source }): PlannedInput => ({ id: key, source }))];
}

function imageSource(id: string, images: readonly ImageEntry[]): ImageSource | IsobitError {
  try {
    return { kind: "image", id: findImage(id, images).id };
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}

/** The statuses that the response shows: of the named backends, or of all if none is named. */
async function statusesFor(
  request: InferenceRequest,
  { backends }: Host,
): Promise<ReadonlyMap<BackendId, BackendStatus>> {
  const asked = request.backends ? new Set(request.backends) : new Set(BACKEND_IDS);
  if (request.reference) asked.add(request.reference);
  const found = await Promise.all(
    [...asked].map(async (id) => {
      const backend = backends.get(id);
      return backend ? await backend.status() : undefined;
    }),
  );
  return new Map(found.filter((status) => status !== undefined).map((status) => [status.backend, status]));
}

function chooseSources(request: InferenceRequest, statuses: ReadonlyMap<BackendId, BackendStatus>): BackendId[] {
  if (request.backends?.length === 0)
    refuse("BAD_INPUT", "`backends` is empty. Name at least one, or omit it to use every available backend.");
  const chosen = new Set<BackendId>(
    request.backends ?? BACKEND_IDS.filter((id) => id === "WASM" || id === "CPU" || statuses.get(id)?.available),
  );
  if (request.reference) chosen.add(request.reference);
  for (const id of chosen) {
    if (!Object.hasOwn(BACKENDS, id))
      refuse("BAD_INPUT", `No backend is called ${JSON.stringify(id)}. Known: ${BACKEND_IDS.join(", ")}.`);
  }
  return [...chosen];
}

/** The first of CPU and WASM among the sources; without either, the first source. */
function chooseReference(asked: BackendId | undefined, sources: readonly BackendId[]): BackendId {
  const preferred = asked ?? (["CPU", "WASM"] as const).find((id) => sources.includes(id)) ?? sources[0];
  if (preferred === undefined) refuse("BAD_INPUT", "There is no backend to run on.");
  return preferred;
}

function refuse(code: ErrorCode, message: string): never {
  throw new IsobitError(code, message);
}
