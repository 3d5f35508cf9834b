import type { NamedTensors } from "../tensors/tensor-value.ts";
import { type Difference, differenceOf } from "./difference.ts";
import { MarkingObserver } from "./marking.ts";
import type { ValuePair } from "./match.ts";
import { runInHalves } from "./refusals.ts";
import type { TracedSource } from "./subject.ts";

/** What is known about every value once all slices have run. The values themselves are not kept. */
export interface ComparedValues {
  readonly differences: ReadonlyMap<ValuePair, ComparedValue>;
  /** Why a value was not compared. */
  readonly skipped: ReadonlyMap<ValuePair, string>;
  /** Both sources' values if one slice held all of them, so that nothing has to run again. */
  readonly kept: { readonly reference: NamedTensors; readonly other: NamedTensors } | null;
}

interface ComparedValue {
  readonly difference: Difference;
  /** Of the reference's value. */
  readonly dims: readonly number[];
  /** Of the larger of the two values. */
  readonly bytes: number;
}

/** Runs both sources slice by slice and compares them bit by bit. Only the counts of each slice are kept. */
export async function compareValues(
  slices: readonly (readonly ValuePair[])[],
  sources: { readonly reference: TracedSource; readonly other: TracedSource },
  observers: { readonly reference: MarkingObserver; readonly other: MarkingObserver },
  progress: (slice: number) => void,
): Promise<ComparedValues> {
  const differences = new Map<ValuePair, ComparedValue>();
  const skipped = new Map<ValuePair, string>();
  let kept: ComparedValues["kept"] = null;
  const run = async (values: readonly ValuePair[]): Promise<void> => {
    const [reference, other] = await Promise.all([
      marked(
        sources.reference,
        values.map((pair) => pair.reference),
        observers.reference,
      ),
      marked(
        sources.other,
        values.map((pair) => pair.other),
        observers.other,
      ),
    ]);
    for (const pair of values) compareOne(pair, reference, other, { differences, skipped, sources });
    kept = slices.length === 1 && values.length === slices[0]?.length ? { reference, other } : null;
  };
  for (const [index, slice] of slices.entries()) {
    await runInHalves(slice, run, skipped);
    progress(index + 1);
  }
  return { differences, skipped, kept };
}

function compareOne(
  pair: ValuePair,
  reference: NamedTensors,
  other: NamedTensors,
  into: {
    readonly differences: Map<ValuePair, ComparedValue>;
    readonly skipped: Map<ValuePair, string>;
    readonly sources: { readonly reference: TracedSource; readonly other: TracedSource };
  },
): void {
  const [left, right] = [reference.get(pair.reference), other.get(pair.other)];
  if (!left || !right) {
    const { source } = (left ? into.sources.other : into.sources.reference).evaluator;
    into.skipped.set(
      pair,
      `${source} does not return it as a tensor whose bits can be compared (e.g. text or a sequence).`,
    );
    return;
  }
  into.differences.set(pair, {
    difference: differenceOf(left, right),
    dims: left.dims,
    bytes: Math.max(left.bytes.length, right.bytes.length),
  });
}

async function marked(
  traced: TracedSource,
  names: readonly string[],
  observer: MarkingObserver,
): Promise<NamedTensors> {
  const part = markedPart(traced, names);
  const values = await traced.evaluator.evaluate(part, traced.feeds);
  await observer.see(part, values);
  return values;
}

export function markedPart(
  { model }: TracedSource,
  names: readonly string[],
): { kind: "marked"; outputs: readonly string[] } {
  const own = new Set(model.graph.outputs.map(({ name }) => name));
  return { kind: "marked", outputs: [...new Set(names)].filter((name) => !own.has(name)) };
}
