import type { BySource } from "../explain/sources.ts";
import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";
import { type Asked, askExplainer, type Explain, explainedSource } from "./ask-explainer.ts";
import { addDifference, differenceOf, NO_DIFFERENCE, sameTensor } from "./difference.ts";
import { fedNames, readsOf } from "./inputs.ts";
import type { NodePair, ValuePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { TracedNode } from "./result.ts";
import type { TracedSource, TraceSubject } from "./subject.ts";

/** The result of running a node alone on both sources. */
export type Introduced = Pick<TracedNode, "bornElements" | "reproduced" | "explanation" | "note">;

/** A node whose traced outputs differ. */
export interface DifferingNode {
  readonly pair: NodePair;
  /** The reference's counterparts of the values that the other node reads, by the other's name. */
  readonly counterparts: ReadonlyMap<string, ValuePair>;
  readonly inputsEqual: boolean | null;
}

export interface AloneMeans {
  readonly sources: BySource<TracedSource>;
  /** Names of each source's values that are equal on both. */
  readonly equal: BySource<ReadonlySet<string>>;
  readonly explain: Explain;
  /** The reference's model on further backends. */
  readonly jurors: readonly TraceSubject[];
  /** The node's inputs and outputs in the whole graph on each source. */
  reference(): Promise<ReadonlyMap<string, TensorValue>>;
  other(): Promise<ReadonlyMap<string, TensorValue>>;
  /** Why the reference did not expose a value; undefined if it was not refused. */
  readonly refusal: (name: string) => string | undefined;
}

/**
 * Runs one node alone on both sources with the reference's inputs. The explainer receives the reference's node, so a
 * different wiring in the other model shows as a wrong result.
 * @throws Error if the node reads a value that is not a tensor, and any error of the sources
 */
export async function runAlone(node: DifferingNode, means: AloneMeans): Promise<Introduced> {
  const { pair } = node;
  const { sources } = means;
  const traced = await means.reference();
  const given = new Map(readsOf(pair.reference).map(({ name, constant }) => [name, traced.get(name) ?? constant]));
  const feeds = pick(traced, fedNames(pair.reference, means.equal.reference), means.refusal);
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
    introduced.differing > 0 ? await explained(pair, { given, feeds, outputs: { reference, other } }, means) : null;
  return { bornElements: introduced.differing, reproduced, explanation: null, note: null, ...asked };
}

interface Alone {
  readonly given: ReadonlyMap<string, TensorValue | null | undefined>;
  /** The reference's feeds. */
  readonly feeds: NamedTensors;
  readonly outputs: BySource<NamedTensors>;
}

/** Where neither a cause nor a bound is found, the jurors run the node too. */
async function explained(
  pair: NodePair,
  { given, feeds, outputs }: Alone,
  { sources, explain, jurors }: AloneMeans,
): Promise<Asked> {
  const asked = await askExplainer(pair, sources, given, outputs, explain);
  const isOpen = asked.explanation?.cause === "UNEXPLAINED" && asked.explanation.bound === null;
  if (!isOpen || jurors.length === 0) return asked;
  const { reference } = pair;
  const jury = await Promise.all(
    jurors.map(async (juror) => {
      // A juror that cannot run the node has no vote.
      const own = await juror.evaluator.evaluate({ kind: "node", node: reference.index }, feeds).catch(() => null);
      return own === null ? [] : [explainedSource(juror, reference, own)];
    }),
  );
  return await askExplainer(pair, sources, given, outputs, explain, jury.flat());
}

/**
 * Whether the other source reproduces its traced bits; null if it does not expose all of the node's inputs. Equal inputs
 * were used by the run above.
 */
async function otherAgain(
  { pair, inputsEqual }: DifferingNode,
  withReferenceInputs: NamedTensors,
  means: AloneMeans,
): Promise<boolean | null> {
  const traced = await means.other();
  if (inputsEqual === true) return sameOutputs(pair.other, withReferenceInputs, traced);
  const names = fedNames(pair.other, means.equal.other);
  if (!names.every((name) => traced.has(name))) return null;
  const own = new Map(names.map((name) => [name, traced.get(name)!]));
  const { evaluator } = means.sources.other;
  return sameOutputs(pair.other, await evaluator.evaluate({ kind: "node", node: pair.other.index }, own), traced);
}

function sameOutputs({ node }: PlacedNode, alone: NamedTensors, traced: NamedTensors): boolean | null {
  const known = node.outputs.filter((name) => alone.has(name) && traced.has(name));
  if (known.length === 0) return null;
  return known.every((name) => sameTensor(alone.get(name)!, traced.get(name)!));
}

function pick(
  values: ReadonlyMap<string, TensorValue>,
  names: readonly string[],
  refusal: AloneMeans["refusal"],
): NamedTensors {
  return new Map(
    names.map((name) => {
      const value = values.get(name);
      if (!value) {
        const reason = refusal(name);
        const input = `its input ${JSON.stringify(name)}`;
        throw new Error(reason ? `${input} cannot be read: ${reason}` : `${input} is not a tensor that can be fed.`);
      }
      return [name, value];
    }),
  );
}

/**
 * The reference's values under the other node's names: each one's counterpart, so that a different wiring is kept. A
 * value without one (a constant in one model only, a value that only the other model computes) is fed by position.
 */
function feedsForOther(
  { pair: { other }, counterparts }: DifferingNode,
  reference: {
    readonly traced: ReadonlyMap<string, TensorValue>;
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
