import type { ValueInfo } from "#core/onnx/graph.ts";
import { ModelRejected, quoted } from "#core/onnx/rejected.ts";

/** Sizes for dynamic dimensions, by their name in the graph ("seq") or their place ("ids.1"). */
export type DimSizes = Readonly<Record<string, number>>;

export interface ResolvedShape {
  readonly shape: readonly number[];
  /** Dynamic dimensions without a given size, which became 1; without a shape's first one, which is the batch. */
  readonly assumed: readonly string[];
}

/** @throws ModelRejected if the graph does not state the rank */
export function resolveShape({ name, shape, dimNames }: ValueInfo, sizes: DimSizes): ResolvedShape {
  if (shape === null) {
    throw new ModelRejected(
      `Its input ${quoted(name)} has no declared shape, so no random tensor can be made for it. Give its tensor as \`inputs\`.`,
    );
  }
  const assumed: string[] = [];
  const resolved = shape.map((size, axis) => {
    if (size >= 0) return size;
    const dimName = dimNames[axis];
    const said = sizes[`${name}.${axis}`] ?? (dimName ? sizes[dimName] : undefined);
    if (said === undefined && axis > 0) assumed.push(dimName ?? `${name}.${axis}`);
    return said ?? 1;
  });
  return { shape: resolved, assumed };
}

/** The names in `dims` that no input of the model has. */
export function unknownDims(inputs: readonly ValueInfo[], sizes: DimSizes): readonly string[] {
  const known = inputs.flatMap(({ name, shape, dimNames }) =>
    (shape ?? []).flatMap((size, axis) => (size < 0 ? [`${name}.${axis}`, dimNames[axis] ?? ""] : [])),
  );
  return Object.keys(sizes).filter((name) => !known.includes(name));
}
