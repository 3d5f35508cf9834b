import { BACKENDS, BACKEND_IDS, type BackendId, type BackendStatus } from "./backends/backend.ts";
import type { Tolerance } from "./verdicts/drift.ts";
import { IsobitError } from "./errors.ts";
import type { ImageEntry, ImageSource } from "./image/image.ts";
import { MAX_IMAGES_PER_QUERY } from "./limits.ts";
import type { Catalogue, ModelInfo } from "./model/model.ts";
import type { Peer, PeerStatus } from "./peers/peer.ts";
import type { Question } from "./request.ts";
import type { Surroundings } from "./host.ts";

/** What will be run, with every name resolved. */
export interface Plan {
  readonly model: ModelInfo;
  readonly items: readonly PlannedInput[];
  /** The backends that take part, each once. */
  readonly sources: readonly BackendId[];
  /** The peers that take part, each once, as they were when the question was asked. */
  readonly peers: readonly PeerStatus[];
  readonly reference: BackendId;
  readonly tolerance: Tolerance | null;
  /**
   * The status of every source when the question was asked. Still on its way where the sources do not depend on it: a
   * side that is busy inferring would keep the next question waiting for its status alone.
   */
  readonly environment: readonly BackendStatus[] | Promise<readonly BackendStatus[]>;
}

/** One row to come. An id that names no image stays, so that its row can say so. */
export interface PlannedInput {
  readonly id: string;
  readonly source: ImageSource | IsobitError;
}

/**
 * Resolves names and refuses what cannot be asked.
 * @throws IsobitError BAD_INPUT, MODEL_NOT_FOUND, INPUT_TOO_LARGE
 */
export async function validate(question: Question, surroundings: Surroundings): Promise<Plan> {
  const model = findModel(question.model, surroundings.catalogue);
  const tolerance = checkTolerance(question.tolerance);
  const items = planInputs(question, surroundings.images);
  const asked = findPeers(question.peers ?? [], surroundings.peers);
  const statuses = statusesFor(question, surroundings);
  const peers = await Promise.all(asked.map((peer) => peer.status()));
  const sources = chooseSources(question, question.backends ? new Map() : await statuses);
  return {
    model,
    items,
    sources,
    peers,
    reference: chooseReference(question.reference, sources),
    tolerance,
    environment: statuses.then((found) => sources.map((id) => found.get(id)).filter((status) => status !== undefined)),
  };
}

/** @throws IsobitError MODEL_NOT_FOUND */
function findModel(id: string | undefined, catalogue: Catalogue): ModelInfo {
  const model = id === undefined ? catalogue.models[0] : catalogue.models.find((known) => known.id === id);
  if (model) return model;
  const known = catalogue.models.map((each) => each.id).join(", ");
  throw new IsobitError(
    "MODEL_NOT_FOUND",
    `No model is called ${JSON.stringify(id)}. Served here: ${known || "none"}.`,
  );
}

/** @throws IsobitError IMAGE_NOT_FOUND */
export function findImage(id: string, images: readonly ImageEntry[]): ImageEntry {
  const entry = images.find((known) => known.id === id);
  if (entry) return entry;
  const known = images.map((each) => each.id).join(", ");
  throw new IsobitError("IMAGE_NOT_FOUND", `No image is called ${JSON.stringify(id)}. Built in: ${known}.`);
}

/** @throws IsobitError BAD_INPUT for an id that PEERS does not name: an address never comes from a question */
function findPeers(ids: readonly string[], peers: ReadonlyMap<string, Peer>): Peer[] {
  return [...new Set(ids)].map((id) => {
    const peer = peers.get(id);
    if (peer) return peer;
    const known = [...peers.keys()].join(", ");
    throw new IsobitError(
      "BAD_INPUT",
      `No peer is called ${JSON.stringify(id)}. ${known === "" ? "None is configured" : `Configured: ${known}`}; PEERS names them when a side is started.`,
    );
  });
}

function planInputs(question: Question, images: readonly ImageEntry[]): PlannedInput[] {
  const ids = question.images ?? (question.inputs === undefined ? images.map((image) => image.id) : []);
  const inputs = question.inputs ?? [];
  const count = ids.length + inputs.length;
  if (count === 0) {
    throw new IsobitError(
      "BAD_INPUT",
      "There is nothing to run: `images` and `inputs` are empty. Leave both out for all built-in images.",
    );
  }
  if (count > MAX_IMAGES_PER_QUERY) {
    throw new IsobitError(
      "INPUT_TOO_LARGE",
      `${count} images in one query; at most ${MAX_IMAGES_PER_QUERY} fit. Split them over several queries.`,
    );
  }
  return [
    ...ids.map((id): PlannedInput => ({ id, source: imageSource(id, images) })),
    ...inputs.map((source, index): PlannedInput => ({ id: `input:${index}`, source })),
  ];
}

function imageSource(id: string, images: readonly ImageEntry[]): ImageSource | IsobitError {
  try {
    return { kind: "image", id: findImage(id, images).id };
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}

/** The statuses that the answer shows: of the named backends, or of all where none is named. */
async function statusesFor(
  question: Question,
  { backends }: Surroundings,
): Promise<ReadonlyMap<BackendId, BackendStatus>> {
  const asked = question.backends ? new Set(question.backends) : new Set(BACKEND_IDS);
  if (question.reference) asked.add(question.reference);
  const found = await Promise.all(
    [...asked].map(async (id) => {
      const backend = backends.get(id);
      return backend ? await backend.status() : undefined;
    }),
  );
  return new Map(found.filter((status) => status !== undefined).map((status) => [status.backend, status]));
}

function chooseSources(question: Question, statuses: ReadonlyMap<BackendId, BackendStatus>): BackendId[] {
  if (question.backends?.length === 0) {
    throw new IsobitError(
      "BAD_INPUT",
      "`backends` is empty. Name at least one, or leave it out for all available ones.",
    );
  }
  const chosen = new Set<BackendId>(
    question.backends ?? BACKEND_IDS.filter((id) => id === "WASM" || id === "CPU" || statuses.get(id)?.available),
  );
  if (question.reference) chosen.add(question.reference);
  for (const id of chosen) {
    if (!Object.hasOwn(BACKENDS, id)) {
      throw new IsobitError(
        "BAD_INPUT",
        `No backend is called ${JSON.stringify(id)}. Known: ${BACKEND_IDS.join(", ")}.`,
      );
    }
  }
  return [...chosen];
}

/** The first of CPU and WASM that takes part; where neither does, the first that was named. */
function chooseReference(asked: BackendId | undefined, sources: readonly BackendId[]): BackendId {
  const preferred = asked ?? (["CPU", "WASM"] as const).find((id) => sources.includes(id)) ?? sources[0];
  if (preferred === undefined) throw new IsobitError("BAD_INPUT", "No backend takes part.");
  return preferred;
}

function checkTolerance(tolerance: Tolerance | undefined): Tolerance | null {
  if (tolerance === undefined) return null;
  for (const [name, bound] of Object.entries(tolerance)) {
    if (bound !== undefined && !(bound >= 0 && bound < Infinity)) {
      throw new IsobitError("BAD_INPUT", `tolerance.${name} is ${bound}; it must be a finite number, 0 or more.`);
    }
  }
  return tolerance;
}
