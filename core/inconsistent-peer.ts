import { IsobitError } from "./errors.ts";
import { float32Text } from "./tensors/float-text.ts";
import type { ModelInfo } from "./model/model.ts";
import type { PreparedInput } from "./preprocess.ts";
import type { Plan } from "./validate.ts";
import { classOf } from "./verdicts/compare-peer.ts";
import { concurrencyOf, type GivenAnswer, type PeerAddress, type PeerAnswer } from "./peers/peer.ts";

/** Two different answers of one peer to one request. */
export interface Conflict {
  readonly row: number;
  readonly answers: readonly [GivenAnswer, GivenAnswer];
}

/** How many values of an answer the message shows; the answers themselves contain all of them. */
const SHOWN_VALUES = 10;

/**
 * The answers of a peer that contradicted itself, replaced by an error, since any of them might have come out differently.
 * Rows without an answer keep their error.
 * @param conflicts at least one; the message is about the first
 */
export function inconsistent(
  { plan, inputs }: { readonly plan: Plan; readonly inputs: readonly PreparedInput[] },
  peer: PeerAddress,
  answers: readonly PeerAnswer[],
  conflicts: readonly Conflict[],
): PeerAnswer[] {
  const [first] = conflicts;
  if (first === undefined) throw new Error("an inconsistent peer without a conflict");
  const image = inputs[first.row]?.id ?? String(first.row);
  const error = new IsobitError("PEER_INCONSISTENT", messageOf(peer, plan.model, image, first));
  return answers.map((answer, row): PeerAnswer => {
    if (!answer.ok) return answer;
    const conflict = conflicts.find((each) => each.row === row);
    return { ok: false, error, ...(conflict && { conflicting: conflict.answers }) };
  });
}

function messageOf(peer: PeerAddress, model: ModelInfo, image: string, { answers: [first, second] }: Conflict): string {
  const atOnce = concurrencyOf(peer);
  const advice =
    atOnce > 1
      ? `isobit made up to ${atOnce} calls to it at once; add ;concurrency=1 in PEERS to make one at a time.`
      : "isobit made one call to it at a time, so other clients, stored state or randomness change its answers.";
  return `The peer ${peer.id} gave two answers to the same request, image ${image}: ${answerText(model, first)}, then ${answerText(model, second)}. Its answers are not compared in this run. ${advice}`;
}

function answerText({ labels }: ModelInfo, answer: GivenAnswer): string {
  const { quantity, values } = answer;
  const texts = values.precision === "DECIMAL" ? values.numerals : Array.from(values.floats, floatText);
  const more = texts.length > SHOWN_VALUES ? `, and ${texts.length - SHOWN_VALUES} more` : "";
  const label = labels[classOf(answer)] ?? "NaN";
  return `label ${label} with ${quantity.toLowerCase()} [${texts.slice(0, SHOWN_VALUES).join(", ")}${more}]`;
}

function floatText(value: number): string {
  return Number.isFinite(value) ? float32Text(value) : String(value);
}
