import { messageOf } from "../errors.ts";
import { type BySource, bySource, type SourceRole } from "../explain/sources.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { type Difference, differenceOf } from "./difference.ts";
import type { Part } from "../model/part.ts";
import type { MarkingObserver } from "./marking.ts";
import type { ValuePair } from "./match.ts";
import { runApart } from "./refusals.ts";
import { shapeValues } from "../onnx/index-values.ts";
import type { TracedSource } from "./subject.ts";

/** What is known about every value once all slices have run. The values themselves are not kept. */
export interface ComparedValues {
  readonly differences: ReadonlyMap<ValuePair, ComparedValue>;
  /** Why a value was not compared. */
  readonly skipped: ReadonlyMap<ValuePair, string>;
  /** Values that each source refused to expose, by name, with its message. */
  readonly refused: BySource<ReadonlyMap<string, string>>;
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
  const refused = bySource(() => new Map<string, string>());
  const isShape = shapeTest(sources);
  let kept: ComparedValues["kept"] = null;
  const runOn = async (role: SourceRole, part: MarkedPart, values: readonly ValuePair[]): Promise<NamedTensors> => {
    const { evaluator, feeds } = sources[role];
    return await evaluator.evaluate(part, feeds).catch((error: unknown) => {
      if (values.length === 1) refused[role].set(values[0]![role], messageOf(error));
      throw error;
    });
  };
  const run = async (values: readonly ValuePair[]): Promise<void> => {
    const parts = bySource((role) =>
      markedPart(
        sources[role],
        values.map((pair) => pair[role]),
      ),
    );
    const [reference, other] = await Promise.all([
      runOn("reference", parts.reference, values),
      runOn("other", parts.other, values),
    ]);
    // Only once both have run, so that what one of them refused does not count as seen.
    await Promise.all([observers.reference.see(parts.reference, reference), observers.other.see(parts.other, other)]);
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
    await runApart(slice, isShape, run, skipped);
    progress(index + 1);
  }
  return { differences, skipped, refused, kept };
}

function shapeTest(sources: BySource<TracedSource>): (pair: ValuePair) => boolean {
  const shapes = bySource((role) => shapeValues(sources[role].model.graph));
  return (pair) => shapes.reference.has(pair.reference) || shapes.other.has(pair.other);
}

type MarkedPart = Extract<Part, { readonly kind: "marked" }>;

export function markedPart({ model }: TracedSource, names: readonly string[]): MarkedPart {
  const own = new Set(model.graph.outputs.map(({ name }) => name));
  return { kind: "marked", outputs: [...new Set(names)].filter((name) => !own.has(name)) };
}
