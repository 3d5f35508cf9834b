import type { BackendId } from "./backends.ts";
import type { Inference } from "./backends/backend.ts";
import type { Outputs } from "./infer.ts";
import { type Measured, measureAnswer, measureLogits, MISSING_DRIFT } from "./verdicts/logit-drift.ts";
import { RunningPair } from "./verdicts/pair-total.ts";
import type { PeerAnswers } from "./ask-peers.ts";
import type { PreparedInput } from "./preprocess.ts";
import { coversBackend, isCertifiedInput } from "./model/certified.ts";
import type { Plan } from "./validate.ts";
import { type PairDrift, type PairTotal, type Verdict, weightiest } from "./verdicts/verdict.ts";

export interface Comparison {
  readonly verdict: Verdict;
  /** One per pair, in the order of the plan's sources, followed by its peers. */
  readonly totals: PairTotal[];
  /** For each input, one per pair. */
  readonly rows: PairDrift[][];
}

/** Compares every source with the reference, input by input. Missing outputs make a verdict INCOMPLETE, never a match. */
export function compare(
  plan: Plan,
  inputs: readonly PreparedInput[],
  outputs: Outputs,
  peers: PeerAnswers = new Map(),
): Comparison {
  const others = plan.sources.filter((source) => source !== plan.reference);
  const pairs = [
    ...others.map((other) => comparePair(plan, other, inputs, outputs)),
    ...plan.peers.map(({ id }) => comparePeer(plan, id, inputs, outputs, peers)),
  ];
  return {
    verdict: weightiest(pairs.map((pair) => pair.total.verdict)),
    totals: pairs.map((pair) => pair.total),
    rows: inputs.map((_, row) => pairs.map((pair) => pair.rows[row]!)),
  };
}

interface Pair {
  readonly rows: PairDrift[];
  readonly total: PairTotal;
}

function comparePair(plan: Plan, other: BackendId, inputs: readonly PreparedInput[], outputs: Outputs): Pair {
  const { reference, tolerance } = plan;
  const covered = coversBackend(plan.model, reference) && coversBackend(plan.model, other);
  const certified = inputs.map((input) => covered && input.ok && isCertifiedInput(plan.model, input.tensor));
  const measured = inputs.map((_input, row): Measured | null => {
    const expected = logitsOf(outputs.get(reference)?.[row]);
    const actual = logitsOf(outputs.get(other)?.[row]);
    if (!expected || !actual) return null;
    // Where bits are proved to be equal, no tolerance applies.
    return measureLogits(expected, actual, certified[row] ? null : tolerance);
  });
  return pairOf(plan, other, inputs, measured, certified);
}

/** Compares a peer with the reference, at the precision of its answers. */
function comparePeer(
  plan: Plan,
  other: string,
  inputs: readonly PreparedInput[],
  outputs: Outputs,
  peers: PeerAnswers,
): Pair {
  const measured = inputs.map((_input, row): Measured | null => {
    const expected = logitsOf(outputs.get(plan.reference)?.[row]);
    const answer = peers.get(other)?.[row];
    return expected && answer?.ok ? measureAnswer(expected, answer, plan.tolerance) : null;
  });
  return pairOf(plan, other, inputs, measured);
}

function pairOf(
  { reference }: Plan,
  other: string,
  inputs: readonly PreparedInput[],
  measured: readonly (Measured | null)[],
  certified: readonly boolean[] = [],
): Pair {
  const running = new RunningPair(reference, other);
  measured.forEach((row, place) => running.add(inputs[place]!.id, place, row));
  const rows = measured.map((row, index) => {
    const inCertifiedDomain = certified[index] === true;
    return { reference, other, ...(row?.shown ?? MISSING_DRIFT), inCertifiedDomain };
  });
  return { rows, total: running.total() };
}

function logitsOf(inference: Inference | undefined): Float32Array | null {
  return inference?.ok ? inference.logits : null;
}
