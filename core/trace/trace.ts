import { nameOf } from "../certify/graph-values.ts";
import { explainNode } from "../explain/explain.ts";
import { bySource, SOURCE_ROLES } from "../explain/sources.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { Explain } from "./ask-explainer.ts";
import { findIntroduced, type IntroducedOptions } from "./introduced.ts";
import type { DifferingNode } from "./run-alone.ts";
import { compareValues } from "./compare-values.ts";
import { counterpartsOf, inputsEqual } from "./inputs.ts";
import { MarkingObserver } from "./marking.ts";
import { definitionsDiffer, feedsFor, matchNodes, type ValuePair } from "./match.ts";
import { respondTrace } from "./respond.ts";
import { type Difference, differenceOf } from "./difference.ts";
import type { TraceResult } from "./result.ts";
import { planSlices, sizesOf } from "./slices.ts";
import type { TraceSubject } from "./subject.ts";

export type { TraceSubject } from "./subject.ts";

export interface TraceOptions {
  /** Bytes of intermediate values held at once on each source, unless a single value is larger. */
  readonly sliceBytes?: number;
  /** A value larger than this is not compared; its node's note says so. */
  readonly maxValueBytes?: number;
  /** How many differing nodes are run alone, in graph order; the notes of the others say that they were not. */
  readonly maxNodesAlone?: number;
  /** True once the time is used up. Notes of differing nodes that were not run alone by then say so. */
  readonly outOfTime?: () => boolean;
  readonly progress?: (stage: "slices" | "introduced", done: number, of: number) => void;
  readonly explain?: Explain;
  /** The reference's model on further backends, which run a node alone if it has neither a cause nor a bound. */
  readonly jurors?: readonly TraceSubject[];
}

const SLICE_BYTES = 64 * 1024 * 1024;
const MAX_VALUE_BYTES = 512 * 1024 * 1024;

/**
 * Compares every node's output on two sources and explains the differences: slice -> run both -> compare -> run
 * differing nodes alone -> explain -> respond. Of two models, nodes are matched by name, values are compared where
 * nodes match, and the reference's weights are the truth.
 * @param feeds one tensor per input of the reference's model, by name; the other model's inputs are fed by name where
 *   they match, otherwise by position
 * @throws IsobitError if a source cannot be reached or cannot run the model at all. The note of a node that cannot be
 *   analysed says why.
 */
export async function trace(
  reference: TraceSubject,
  other: TraceSubject,
  feeds: NamedTensors,
  options: TraceOptions = {},
): Promise<TraceResult> {
  const budget = {
    sliceBytes: options.sliceBytes ?? SLICE_BYTES,
    maxValueBytes: options.maxValueBytes ?? MAX_VALUE_BYTES,
  };
  const progress = options.progress ?? (() => {});
  const sources = {
    reference: { ...reference, feeds: feedsFor(reference.model, reference.model, feeds) },
    other: { ...other, feeds: feedsFor(other.model, reference.model, feeds) },
  };
  const matched = matchNodes(reference.model, other.model);
  const values = matched.pairs.flatMap((pair) => pair.values);
  const marking = bySource((role) => new MarkingObserver(sources[role]));
  await Promise.all([marking.reference.serve(), marking.other.serve()]);

  const sizes = await sizesOf(values, sources);
  const { slices, tooLarge } = planSlices(values, sizes, budget);
  const compared = await compareValues(slices, sources, marking, (slice) => progress("slices", slice, slices.length));

  const byOther = new Map(values.map((value) => [value.other, value]));
  const differing: DifferingNode[] = matched.pairs
    .filter((pair) => pair.values.some((value) => (compared.differences.get(value)?.difference.differing ?? 0) > 0))
    .map((pair) => {
      const counterparts = counterpartsOf(pair, byOther);
      return { pair, counterparts, inputsEqual: inputsEqual(pair, counterparts, compared) };
    });

  const introduced = await findIntroduced(differing, sources, compared, {
    ...budget,
    explain: options.explain ?? explainNode,
    jurors: options.jurors ?? [],
    maxNodesAlone: options.maxNodesAlone ?? Number.POSITIVE_INFINITY,
    outOfTime: options.outOfTime ?? (() => false),
    progress: (done, of) => progress("introduced", done, of),
  } satisfies IntroducedOptions);

  return respondTrace({
    reference: reference.evaluator.source,
    other: other.evaluator.source,
    matched,
    compared,
    tooLarge,
    differing,
    introduced,
    served: differencesOfServed(values, marking.reference.served, marking.other.served),
    weightsDiffer: matched.pairs.filter(definitionsDiffer).map(({ reference: { node } }) => nameOf(node)),
    marking: bySource((role) => marking[role].effect()),
    inBatches: SOURCE_ROLES.some((role) => (sources[role].evaluator.batch ?? 1) > 1),
    ranOnCpu: bySource((role) => (node) => sources[role].evaluator.ranOnCpu?.(node) === true),
    fusedKernels: bySource((role) => marking[role].fusedKernels()),
  });
}

/** Served outputs may differ from those of a trace, because exposing intermediate values changes fusion. */
function differencesOfServed(
  values: readonly ValuePair[],
  reference: NamedTensors,
  other: NamedTensors,
): ReadonlyMap<ValuePair, Difference> {
  return new Map(
    values.flatMap((value) => {
      const [left, right] = [reference.get(value.reference), other.get(value.other)];
      return left && right ? [[value, differenceOf(left, right)] as const] : [];
    }),
  );
}
