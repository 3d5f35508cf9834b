import type { Explanation } from "../explain/explanation.ts";
import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";
import { askExplainer, type Explain } from "./ask-explainer.ts";
import { addDifference, differenceOf, NO_DIFFERENCE, sameTensor } from "./difference.ts";
import { fedNames, readsOf } from "./inputs.ts";
import type { NodePair, ValuePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { TracedSource } from "./subject.ts";

/** What came of running a node alone on both sources. */
export interface Introduced {
  /** Elements that differ on equal inputs; null where it could not be run alone. */
  readonly bornElements: number | null;
  readonly reproduced: boolean | null;
  readonly explanation: Explanation | null;
  /** Why something is missing here; null where nothing is. */
  readonly note: string | null;
}

/** A node whose traced outputs differ. */
export interface DifferingNode {
  readonly pair: NodePair;
  /** The reference's values for what the other node reads, by the other's name. */
  readonly counterparts: ReadonlyMap<string, ValuePair>;
  readonly inputsEqual: boolean | null;
}

export interface AloneMeans {
  readonly sources: { readonly reference: TracedSource; readonly other: TracedSource };
  /** Names of each source's values that were equal on both. */
  readonly equal: { readonly reference: ReadonlySet<string>; readonly other: ReadonlySet<string> };
  readonly explain: Explain;
  /** What the node reads and gives in the whole graph on each source. */
  reference(): Promise<ReadonlyMap<string, TensorValue>>;
  other(): Promise<ReadonlyMap<string, TensorValue>>;
}

/**
 * One node alone on both sources, each given what it reads as the reference has it. The reference's node with its inputs
 * is what is asked about, so that another wiring of the other model shows as a wrong result.
 * @throws Error where it reads what is no tensor, and whatever the sources throw
 */
export async function runAlone(node: DifferingNode, means: AloneMeans): Promise<Introduced> {
  const { pair } = node;
  const { sources } = means;
  const traced = await means.reference();
  const given = new Map(readsOf(pair.reference).map(({ name, constant }) => [name, traced.get(name) ?? constant]));
  const feeds = pick(traced, fedNames(pair.reference, means.equal.reference));
  const [reference, other] = await Promise.all([
    sources.reference.evaluator.evaluate({ kind: "node", node: pair.reference.index }, feeds),
    sources.other.evaluator.evaluate(
      { kind: "node", node: pair.other.index },
      feedsForOther(node, { traced, given: [...given.values()] }, means),
    ),
  ]);
  const introduced = pair.values.reduce((sum, value) => {
    const [left, right] = [reference.get(value.reference), other.get(value.other)];
    return left && right ? addDifference(sum, differenceOf(left, right)) : sum;
  }, NO_DIFFERENCE);
  const again = sameOutputs(pair.reference, reference, traced);
  const reproduced = again === true ? await otherAgain(node, other, means) : again;
  const asked =
    introduced.differing > 0 ? await askExplainer(pair, sources, given, { reference, other }, means.explain) : null;
  return {
    bornElements: introduced.differing,
    reproduced,
    explanation: asked?.explanation ?? null,
    note: asked?.note ?? null,
  };
}

/** Whether the other source, alone with its own inputs, gives its traced bits again. Where those were equal it has just run with them. */
async function otherAgain(
  { pair, inputsEqual }: DifferingNode,
  withReferenceInputs: NamedTensors,
  means: AloneMeans,
): Promise<boolean | null> {
  const traced = await means.other();
  if (inputsEqual === true) return sameOutputs(pair.other, withReferenceInputs, traced);
  const own = pick(traced, fedNames(pair.other, means.equal.other));
  const { evaluator } = means.sources.other;
  return sameOutputs(pair.other, await evaluator.evaluate({ kind: "node", node: pair.other.index }, own), traced);
}

function sameOutputs({ node }: PlacedNode, alone: NamedTensors, traced: NamedTensors): boolean | null {
  const known = node.outputs.filter((name) => alone.has(name) && traced.has(name));
  if (known.length === 0) return null;
  return known.every((name) => sameTensor(alone.get(name)!, traced.get(name)!));
}

function pick(values: ReadonlyMap<string, TensorValue>, names: readonly string[]): NamedTensors {
  return new Map(
    names.map((name) => {
      const value = values.get(name);
      if (!value) throw new Error(`its input ${JSON.stringify(name)} is no tensor that can be handed over.`);
      return [name, value];
    }),
  );
}

/**
 * The reference's values under the other node's names: for each the one that it corresponds to, so that another wiring is
 * kept. What has no counterpart is fed place by place: a constant in only one model, or what only the other computes.
 */
function feedsForOther(
  { pair: { other }, counterparts }: DifferingNode,
  reference: {
    readonly traced: ReadonlyMap<string, TensorValue>;
    /** What the reference's node reads. */
    readonly given: readonly (TensorValue | null | undefined)[];
  },
  { equal, sources }: AloneMeans,
): NamedTensors {
  const fed = new Set(fedNames(other, equal.other));
  return new Map(
    readsOf(other).flatMap(({ name }, place) => {
      if (!fed.has(name)) return [];
      const counterpart = counterparts.get(name);
      const byPlace = sources.other.feeds.get(name) ?? reference.given[place];
      const value = counterpart ? reference.traced.get(counterpart.reference) : byPlace;
      if (!value) throw new Error(`its input ${JSON.stringify(name)} has no counterpart in the reference's model.`);
      return [[name, value] as const];
    }),
  );
}
