import type { BySource, SourceRole } from "../explain/sources.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { type Difference, differenceOf } from "./difference.ts";
import type { MarkingObserver } from "./marking.ts";
import type { ValuePair } from "./match.ts";
import { runInHalves } from "./refusals.ts";
import type { TracedSource } from "./subject.ts";

/** What is known about every value once all slices have run. The values themselves are not kept. */
export interface ComparedValues {
  readonly differences: ReadonlyMap<ValuePair, ComparedValue>;
  /** Why a value was not compared. */
  readonly skipped: ReadonlyMap<ValuePair, string>;
  /** Both sources' values if one slice held all of them, so that nothing has to run again. */
  readonly kept: BySource<NamedTensors> | null;
}

interface ComparedValue {
  readonly difference: Difference;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** Runs both sources slice by slice and compares them bit by bit. Only the counts of each slice are kept. */
export async function compareValues(
  slices: readonly (readonly ValuePair[])[],
  sources: BySource<TracedSource>,
  observers: BySource<MarkingObserver>,
  progress: (slice: number) => void,
): Promise<ComparedValues> {
  const differences = new Map<ValuePair, ComparedValue>();
  const skipped = new Map<ValuePair, string>();
  let kept: ComparedValues["kept"] = null;
  const runOn = async (role: SourceRole, values: readonly ValuePair[]): Promise<NamedTensors> => {
    const { evaluator, feeds } = sources[role];
    const part = markedPart(
      sources[role],
      values.map((pair) => pair[role]),
    );
    const outputs = await evaluator.evaluate(part, feeds);
    await observers[role].see(part, outputs);
    return outputs;
  };
  const run = async (values: readonly ValuePair[]): Promise<void> => {
    const [reference, other] = await Promise.all([runOn("reference", values), runOn("other", values)]);
    for (const pair of values) {
      const [left, right] = [reference.get(pair.reference), other.get(pair.other)];
      if (left && right) {
        const bytes = Math.max(left.bytes.length, right.bytes.length);
        differences.set(pair, { difference: differenceOf(left, right), dims: left.dims, bytes });
        continue;
      }
      const { source } = (left ? sources.other : sources.reference).evaluator;
      skipped.set(
        pair,
        `${source} does not return it as a tensor whose bits can be compared (e.g. text or a sequence).`,
      );
    }
    kept = slices.length === 1 && values.length === slices[0]?.length ? { reference, other } : null;
  };
  for (const [index, slice] of slices.entries()) {
    await runInHalves(slice, run, skipped);
    progress(index + 1);
  }
  return { differences, skipped, kept };
}

export function markedPart(
  { model }: TracedSource,
  names: readonly string[],
): { kind: "marked"; outputs: readonly string[] } {
  const own = new Set(model.graph.outputs.map(({ name }) => name));
  return { kind: "marked", outputs: [...new Set(names)].filter((name) => !own.has(name)) };
}
