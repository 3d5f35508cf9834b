import { messageOf } from "../errors.ts";
import type { Explain } from "./ask-explainer.ts";
import type { ComparedValues } from "./compare-values.ts";
import { computedNames } from "./inputs.ts";
import type { NodePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";
import { isAboutThePart } from "./refusals.ts";
import { type AloneMeans, type DifferingNode, type Introduced, runAlone } from "./run-alone.ts";
import type { TracedSource } from "./subject.ts";
import { ValueStore, type Wanted } from "./value-store.ts";

export interface IntroducedOptions {
  readonly explain: Explain;
  readonly sliceBytes: number;
  readonly maxValueBytes: number;
  /** Nodes run alone at most, in graph order. */
  readonly maxNodesAlone: number;
  outOfTime(): boolean;
  progress(done: number, of: number): void;
}

/**
 * Runs each differing node alone on both sources with the reference's inputs: what still differs was introduced there, and is
 * explained. One after another, so that no more is held than one node needs.
 */
export async function findIntroduced(
  nodes: readonly DifferingNode[],
  sources: { readonly reference: TracedSource; readonly other: TracedSource },
  compared: ComparedValues,
  options: IntroducedOptions,
): Promise<ReadonlyMap<NodePair, Introduced>> {
  const introduced = new Map<NodePair, Introduced>();
  const bytes = bytesByName(compared);
  const equal = equalNames(compared);
  const reference = new ValueStore(sources.reference, options.sliceBytes, compared.kept?.reference ?? null);
  const other = new ValueStore(sources.other, options.sliceBytes, compared.kept?.other ?? null);
  for (const [place, node] of nodes.entries()) {
    const limit = limitReached(place, options) ?? tooLarge(node, bytes, options);
    const ahead = nodes.slice(place, options.maxNodesAlone);
    const alone =
      limit === null
        ? introducedOf(node, {
            sources,
            equal,
            explain: options.explain,
            reference: () => reference.get(ahead.map((each) => wantedOfReference(each, bytes.reference))),
            other: () => other.get(ahead.map(({ pair }) => wanted(pair.other, [], bytes.other))),
          })
        : { ...UNKNOWN, note: limit };
    introduced.set(node.pair, await alone);
    options.progress(place + 1, nodes.length);
  }
  return introduced;
}

const UNKNOWN: Introduced = Object.freeze({ bornElements: null, reproduced: null, explanation: null, note: null });

async function introducedOf(node: DifferingNode, means: AloneMeans): Promise<Introduced> {
  try {
    return await runAlone(node, means);
  } catch (error) {
    if (!isAboutThePart(error)) throw error;
    return { ...UNKNOWN, note: `It could not be run alone: ${messageOf(error)}` };
  }
}

function limitReached(place: number, { maxNodesAlone, outOfTime }: IntroducedOptions): string | null {
  if (place >= maxNodesAlone)
    return `Not run alone: the first ${maxNodesAlone} differing nodes are, and this one comes after them.`;
  return outOfTime() ? "Not run alone: the time for this trace was used up by the nodes before it." : null;
}

interface BySource<T> {
  readonly reference: T;
  readonly other: T;
}

function bytesByName({ differences }: ComparedValues): BySource<ReadonlyMap<string, number>> {
  const entries = [...differences];
  return {
    reference: new Map(entries.map(([{ reference }, { bytes }]) => [reference, bytes])),
    other: new Map(entries.map(([{ other }, { bytes }]) => [other, bytes])),
  };
}

/** Names of values that were equal in every bit. */
function equalNames({ differences }: ComparedValues): BySource<ReadonlySet<string>> {
  const equal = [...differences].filter(([, { difference }]) => difference.differing === 0).map(([value]) => value);
  return {
    reference: new Set(equal.map(({ reference }) => reference)),
    other: new Set(equal.map(({ other }) => other)),
  };
}

function wantedOfReference({ pair, counterparts }: DifferingNode, bytes: ReadonlyMap<string, number>): Wanted {
  const forOther = [...counterparts.values()].map(({ reference }) => reference);
  return wanted(pair.reference, forOther, bytes);
}

/** What a node reads and gives, from one run, so that it belongs together. */
function wanted(placed: PlacedNode, more: readonly string[], bytes: ReadonlyMap<string, number>): Wanted {
  const outputs = placed.node.outputs.filter((name) => bytes.has(name));
  const names = [...new Set([...computedNames(placed), ...more, ...outputs])];
  return { names, bytes: names.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0) };
}

function tooLarge(
  node: DifferingNode,
  bytes: BySource<ReadonlyMap<string, number>>,
  { maxValueBytes }: IntroducedOptions,
): string | null {
  const needed = wantedOfReference(node, bytes.reference).bytes;
  if (needed <= 2 * maxValueBytes) return null;
  const mebibytes = (needed / 1024 / 1024).toFixed(1);
  return `Not run alone: its inputs and outputs take ${mebibytes} MiB, more than is held at once here.`;
}
