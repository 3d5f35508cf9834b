import { hash } from "node:crypto";
import { floatsOf } from "#core/tensors/bits.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { type Measured, measureAnswer, measureLogits, MISSING_DRIFT } from "#core/verdicts/logit-drift.ts";
import type { GivenAnswer } from "#core/peers/peer.ts";
import { argmax } from "#core/tensors/softmax.ts";
import {
  isError,
  isPeer,
  type SweptError,
  type SweptOutput,
  type SweptPair,
  type SweptPeer,
  type SweptRow,
} from "./swept-row.ts";

/** A row and the figures computed from its bits, so that adding rows up decodes nothing again. */
export interface CheckedRow {
  readonly row: SweptRow;
  /** One a pair, in the row's order; null: an answer is missing. */
  readonly measured: readonly (MeasuredPair | null)[];
}

export interface MeasuredPair extends Measured {
  /** Both sides' logits, where both gave their bits. */
  readonly logits: { readonly reference: Float32Array; readonly other: Float32Array } | null;
}

/** The stated part of a row: the rest follows from the bits. */
export interface RowFacts extends Omit<SweptRow, "outputs" | "pairs"> {
  readonly outputs: ReadonlyMap<string, { readonly bits: string } | SweptPeer | SweptError>;
  readonly pairs: readonly Pick<SweptPair, "other" | "inCertifiedDomain">[];
}

export interface RowRules {
  readonly labels: readonly string[];
  readonly reference: string;
  readonly tolerance: Tolerance | null;
}

/**
 * A row made of what was answered, by the functions of core that compare answers on a side, too.
 * @throws RangeError where bits are not those of as many numbers as there are labels
 */
export function checkRow(facts: RowFacts, { labels, reference, tolerance }: RowRules): CheckedRow {
  const { index, id, inputSha256, expected, certificateViolations } = facts;
  const answers = new Map([...facts.outputs].map(([source, given]) => [source, answered(given, labels)]));
  const measured = facts.pairs.map(({ other, inCertifiedDomain }) =>
    // Where bits are proved to be equal, no tolerance lets a difference pass.
    measure(answers.get(reference), answers.get(other), inCertifiedDomain ? null : tolerance),
  );
  const row: SweptRow = {
    index,
    id,
    inputSha256,
    expected,
    outputs: Object.fromEntries([...answers].map(([source, { output }]) => [source, output])),
    pairs: facts.pairs.map((pair, place) => shownPair(reference, pair, measured[place] ?? null)),
    ...(certificateViolations !== undefined && { certificateViolations }),
  };
  return { row, measured };
}

interface Answered {
  readonly output: SweptOutput;
  /** Null for text, and for an error. */
  readonly floats: Float32Array | null;
}

function answered(given: { readonly bits: string } | SweptPeer | SweptError, labels: readonly string[]): Answered {
  if (isError(given)) return failed(given, labels);
  if (isPeer(given)) return peerAnswered(given, labels);
  const { bits } = given;
  const bytes = Buffer.from(bits, "base64");
  const floats = floatsOf(bytes);
  if (floats.length !== labels.length) throw new RangeError(`${floats.length} logits for ${labels.length} labels`);
  const classIndex = argmax(floats);
  const logitsSha256 = hash("sha256", bytes);
  return { output: { label: labels[classIndex] ?? "NaN", classIndex, logitsSha256, bits }, floats };
}

function failed({ error, conflicting }: SweptError, labels: readonly string[]): Answered {
  const both = conflicting && { conflicting: conflicting.map((peer) => peerOutput(peer, labels)) };
  return { output: { error, ...both }, floats: null };
}

function peerAnswered(peer: SweptPeer, labels: readonly string[]): Answered {
  const { bits } = peer;
  return { output: peerOutput(peer, labels), floats: bits === null ? null : floatsOf(Buffer.from(bits, "base64")) };
}

function peerOutput(peer: SweptPeer, labels: readonly string[]): SweptPeer {
  const { classIndex, quantity, precision, decimals, bits, note } = peer;
  const label = labels[classIndex] ?? "NaN";
  return { label, classIndex, quantity, precision, decimals, bits, note };
}

function measure(
  expected: Answered | undefined,
  actual: Answered | undefined,
  tolerance: Tolerance | null,
): MeasuredPair | null {
  const reference = expected?.floats;
  if (!reference || !actual || isError(actual.output)) return null;
  const { output, floats } = actual;
  const inBits = !isPeer(output) || (output.quantity === "LOGITS" && output.precision === "BITS");
  const logits = inBits && floats ? { reference, other: floats } : null;
  if (isPeer(output)) return { ...measureAnswer(reference, answerOf(output, floats), tolerance), logits };
  return floats && { ...measureLogits(reference, floats, tolerance), logits };
}

function answerOf(peer: SweptPeer, floats: Float32Array | null): GivenAnswer {
  const { quantity, classIndex, decimals, note } = peer;
  const values =
    floats === null
      ? ({ precision: "DECIMAL", numerals: decimals ?? [] } as const)
      : ({ precision: "BITS", floats } as const);
  return { ok: true, quantity, values, classIndex, latencyMs: null, roundTripMs: 0, note };
}

function shownPair(
  reference: string,
  { other, inCertifiedDomain }: RowFacts["pairs"][number],
  measured: MeasuredPair | null,
): SweptPair {
  const { verdict, labelsMatch, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp } =
    measured?.shown ?? MISSING_DRIFT;
  return {
    reference,
    other,
    verdict,
    differingElements,
    nonFiniteElements,
    maxAbs,
    meanAbs,
    l2,
    maxUlp,
    labelsMatch,
    inCertifiedDomain,
  };
}
