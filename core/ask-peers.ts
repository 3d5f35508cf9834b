import { IsobitError, messageOf } from "./errors.ts";
import type { ModelInfo } from "./model/model.ts";
import { type PreparedInput, withInputErrors } from "./preprocess.ts";
import type { Host } from "./host.ts";
import type { Plan, PlannedInput } from "./validate.ts";
import { parseNumeral } from "./peers/numeral.ts";
import type { Peer, PeerAnswer, PeerInput, PeerStatus } from "./peers/peer.ts";

/** For each peer of the plan: one answer per planned input, in the same order. */
export type PeerAnswers = ReadonlyMap<string, readonly PeerAnswer[]>;

/** Asks every peer for every input. A failing peer becomes an error in its own answers. */
export async function askPeers(plan: Plan, inputs: readonly PreparedInput[], host: Host): Promise<PeerAnswers> {
  const requests = inputs.flatMap((input, row) => (input.ok ? [peerInput(plan, row, input.tensor, host)] : []));
  const answered = await Promise.all(
    plan.peers.map(async (status) => {
      const answers = await askPeer(status, { model: plan.model, requests }, host);
      return [status.id, withInputErrors(inputs, answers)] as const;
    }),
  );
  return new Map(answered);
}

/** The request that a peer gets for a planned input. */
export function peerInput({ items }: Plan, row: number, tensor: Float32Array, host: Host): PeerInput {
  return { tensor, image: imageOf(items[row], host) };
}

function imageOf(item: PlannedInput | undefined, { images }: Host): PeerInput["image"] {
  const source = item?.source;
  if (source === undefined || source instanceof IsobitError || source.kind !== "image") return null;
  return images.find(({ id }) => id === source.id) ?? null;
}

interface PeerRequests {
  readonly model: ModelInfo;
  readonly requests: readonly PeerInput[];
  /** One call at a time, and no other calls meanwhile. */
  readonly alone?: boolean;
}

/** One comparable answer per request, in order. Never throws. */
export async function askPeer(
  { id, error }: PeerStatus,
  { model, requests, alone = false }: PeerRequests,
  { peers }: Host,
): Promise<PeerAnswer[]> {
  const peer: Peer | undefined = peers.get(id);
  try {
    if (error !== null) throw error;
    if (!peer) throw new IsobitError("BACKEND_UNAVAILABLE", `The peer ${id} is not configured on this side.`);
    if (requests.length === 0) return [];
    const answers = await peer.ask(model, requests, { alone });
    if (answers.length === requests.length) return answers.map((answer) => checked(id, model, answer));
    throw new IsobitError("BACKEND_FAILED", `The peer ${id} answered ${answers.length} of ${requests.length} inputs.`);
  } catch (thrown) {
    const failure = asPeerError(id, thrown);
    return requests.map(() => ({ ok: false, error: failure }));
  }
}

/** Turns an answer that cannot be compared into an error: wrong number of values, unknown class, text for a number. */
function checked(id: string, { labels, id: model }: ModelInfo, answer: PeerAnswer): PeerAnswer {
  if (!answer.ok) return answer;
  const { values, classIndex } = answer;
  const given = values.precision === "BITS" ? values.floats.length : values.numerals.length;
  if (given !== labels.length) {
    return failed(
      `The peer ${id} returned ${given} values, but ${model} has ${labels.length} labels. Check that the peer serves the same model.`,
    );
  }
  if (classIndex !== null && !(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < labels.length)) {
    return failed(`The peer ${id} names class ${classIndex}, where ${model} has ${labels.length} labels.`);
  }
  try {
    if (values.precision === "DECIMAL") values.numerals.forEach(parseNumeral);
    return answer;
  } catch (error) {
    return failed(`The answer of the peer ${id} cannot be compared: ${messageOf(error)}.`);
  }
}

function failed(message: string): PeerAnswer {
  return { ok: false, error: new IsobitError("BACKEND_FAILED", message) };
}

function asPeerError(id: string, error: unknown): IsobitError {
  if (error instanceof IsobitError) return error;
  return new IsobitError("BACKEND_FAILED", `The peer ${id} could not be called: ${messageOf(error)}`, { cause: error });
}
