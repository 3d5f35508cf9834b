import type { BySource, SourceRole } from "../explain/sources.ts";
import { elementArray } from "../tensors/tensor-array.ts";
import { elementsOf } from "../tensors/tensor-value.ts";
import { shapeName } from "../model/part.ts";
import type { ValuePair } from "./match.ts";
import { runInHalves } from "./refusals.ts";
import type { TracedSource } from "./subject.ts";

/** The widest element type. A shape does not show the type, and the memory bound must hold for all. */
const MOST_BYTES_PER_ELEMENT = 8;

/** Upper bounds on the sizes of values in bytes; values of unknown size are missing. */
export type Sizes = ReadonlyMap<ValuePair, number>;

/**
 * The size of each value, from a run that returns only shapes and so needs little memory. The first source that can
 * measure a value counts for both.
 */
export async function sizesOf(values: readonly ValuePair[], sources: BySource<TracedSource>): Promise<Sizes> {
  const sizes = new Map<ValuePair, number>();
  await measure(values, sources, "reference", sizes);
  const rest = values.filter((pair) => !sizes.has(pair));
  if (rest.length > 0) await measure(rest, sources, "other", sizes);
  return sizes;
}

async function measure(
  values: readonly ValuePair[],
  sources: BySource<TracedSource>,
  role: SourceRole,
  sizes: Map<ValuePair, number>,
): Promise<void> {
  const { evaluator, feeds } = sources[role];
  const run = async (group: readonly ValuePair[]): Promise<void> => {
    const shapes = await evaluator.evaluate({ kind: "shapes", values: group.map((pair) => pair[role]) }, feeds);
    group.forEach((pair, index) => {
      const shape = shapes.get(shapeName(index));
      if (shape?.type !== "int64") return;
      const dims = Array.from(elementArray(shape) as BigInt64Array, Number);
      sizes.set(pair, elementsOf(dims) * MOST_BYTES_PER_ELEMENT);
    });
  };
  await runInHalves(values, run, new Map());
}

export interface SlicePlan {
  readonly slices: readonly (readonly ValuePair[])[];
  readonly tooLarge: readonly ValuePair[];
}

/**
 * Neighbours in graph order share a slice as long as they fit the budget. A value of unknown size, or larger than the
 * budget, has its own slice.
 */
export function planSlices(
  values: readonly ValuePair[],
  sizes: Sizes,
  { sliceBytes, maxValueBytes }: { readonly sliceBytes: number; readonly maxValueBytes: number },
): SlicePlan {
  const slices: ValuePair[][] = [];
  const tooLarge: ValuePair[] = [];
  let open: ValuePair[] = [];
  let used = 0;
  for (const value of values) {
    const size = sizes.get(value) ?? sliceBytes;
    if (size > maxValueBytes) {
      tooLarge.push(value);
      continue;
    }
    if (open.length > 0 && used + size > sliceBytes) {
      slices.push(open);
      open = [];
      used = 0;
    }
    open.push(value);
    used += size;
  }
  if (open.length > 0) slices.push(open);
  return { slices, tooLarge };
}
