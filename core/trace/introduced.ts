import { messageOf } from "../errors.ts";
import { type BySource, bySource } from "../explain/sources.ts";
import type { Explain } from "./ask-explainer.ts";
import type { ComparedValues } from "./compare-values.ts";
import { computedNames } from "./inputs.ts";
import type { NodePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";
import { isAboutThePart } from "./refusals.ts";
import { type AloneMeans, type DifferingNode, type Introduced, runAlone } from "./run-alone.ts";
import type { TracedSource, TraceSubject } from "./subject.ts";
import { ValueStore, type Wanted } from "./value-store.ts";

export interface IntroducedOptions {
  readonly explain: Explain;
  readonly jurors: readonly TraceSubject[];
  readonly sliceBytes: number;
  readonly maxValueBytes: number;
  /** How many nodes to run alone at most, in graph order. */
  readonly maxNodesAlone: number;
  outOfTime(): boolean;
  progress(done: number, of: number): void;
}

/**
 * Runs each differing node alone on both sources with the reference's inputs. What still differs was introduced there
 * and is explained. Nodes run one at a time, so that only one node's values are held.
 */
export async function findIntroduced(
  nodes: readonly DifferingNode[],
  sources: BySource<TracedSource>,
  compared: ComparedValues,
  options: IntroducedOptions,
): Promise<ReadonlyMap<NodePair, Introduced>> {
  const introduced = new Map<NodePair, Introduced>();
  const values = [...compared.differences];
  const bytes = bySource((role) => new Map(values.map(([value, each]) => [value[role], each.bytes])));
  const unchanged = values.filter(([, { difference }]) => difference.differing === 0);
  const equal = bySource((role) => new Set(unchanged.map(([value]) => value[role])));
  const stores = bySource(
    (role) => new ValueStore(sources[role], options.sliceBytes, compared.refused[role], compared.kept?.[role] ?? null),
  );
  for (const [place, node] of nodes.entries()) {
    const limit = limitReached(place, options) ?? tooLarge(node, bytes, options);
    const ahead = nodes.slice(place, options.maxNodesAlone);
    const alone =
      limit === null
        ? introducedOf(node, {
            sources,
            equal,
            explain: options.explain,
            jurors: options.jurors,
            reference: () => stores.reference.get(ahead.map((each) => wantedOfReference(each, bytes.reference))),
            refusal: (name) => stores.reference.refusal(name),
            other: () => stores.other.get(ahead.map(({ pair }) => wanted(pair.other, [], bytes.other))),
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
    return { ...UNKNOWN, note: `Running it alone failed: ${messageOf(error)}` };
  }
}

function limitReached(place: number, { maxNodesAlone, outOfTime }: IntroducedOptions): string | null {
  if (place >= maxNodesAlone) return `Not run alone: only the first ${maxNodesAlone} differing nodes are.`;
  return outOfTime() ? "Not run alone: the trace's time was used up by earlier nodes." : null;
}

function wantedOfReference({ pair, counterparts }: DifferingNode, bytes: ReadonlyMap<string, number>): Wanted {
  const forOther = [...counterparts.values()].map(({ reference }) => reference);
  return wanted(pair.reference, forOther, bytes);
}

/** A node's inputs and outputs, requested together so that they come from one run. */
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
  return `Not run alone: its inputs and outputs take ${mebibytes} MiB, which exceeds the memory limit.`;
}
