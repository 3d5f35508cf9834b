import { int, ints } from "../graphs/sketch.ts";
import { volume } from "../oracle/exact.ts";
import type { Growth } from "./growth.ts";
import { indices, list } from "./integers.ts";
import type { Tape } from "./tape.ts";

interface Cut {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly kept: number;
}

/** Along one axis or several, named in any order. */
export function appendSlice(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const all = sizes.map((_, at) => at + 1).toSorted(() => tape.below(2) - 0.5);
  const cuts = all.slice(0, tape.pick([1, 1, 1, 2, 3])).map((axis) => cut(tape, axis, sizes[axis - 1]!, sketch.opset));
  const [starts, ends, steps] = [cuts.map(({ from }) => from), cuts.map(({ to }) => to), cuts.map(({ step }) => step)];
  const axes = cuts.map(({ axis }) => (sketch.opset >= 10 && tape.chance(0.3) ? axis - tip.dims.length : axis));
  const name =
    sketch.opset < 10
      ? sketch.node("Slice", [tip.name], { starts: ints(starts), ends: ints(ends), axes: ints(axes) })
      : sketch.node("Slice", [
          tip.name,
          list(growth, starts),
          list(growth, ends),
          list(growth, axes),
          list(growth, steps),
        ]);
  growth.move(
    name,
    sizes.map((size, at) => cuts.find(({ axis }) => axis === at + 1)?.kept ?? size),
  );
}

function cut(tape: Tape, axis: number, size: number, opset: number): Cut {
  const start = tape.between(0, size - 1);
  const end = tape.between(start + 1, size);
  const step = opset >= 10 ? tape.pick([1, 1, 2, -1]) : 1;
  const [from, to] =
    step < 0
      ? [end - 1, start === 0 ? -1 - size : start - 1]
      : tape.pick([
          [start, end],
          [start - size, end],
          [start, end === size ? 2 ** 31 : end - size],
        ] as const);
  return { axis, from, to, step, kept: Math.ceil((end - start) / Math.abs(step)) };
}

export function appendGather(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const axis = tape.between(1, sizes.length);
  const size = sizes[axis - 1]!;
  // Indices of other ranks than 1 drop the axis or put several in its place; then no more than rank 6.
  const dims = tape.pick([
    [tape.between(1, 4)],
    [tape.between(1, 4)],
    sizes.length < 5 ? [tape.between(1, 3), 2] : [1],
    [],
  ]);
  const picked = Array.from({ length: volume(dims) }, () => tape.between(sketch.opset >= 11 ? -size : 0, size - 1));
  growth.move(sketch.node("Gather", [tip.name, indices(growth, picked, dims)], { axis: int(axis) }), [
    ...sizes.slice(0, axis - 1),
    ...dims,
    ...sizes.slice(axis),
  ]);
}

/** Every index of an axis by itself, and all of them together again: optimisers make one Split of such nodes. */
export function appendApart(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const axis = sizes.findIndex((size) => size >= 2 && size <= 4) + 1;
  if (axis === 0) return;
  const single = tape.chance(0.8);
  const parts = Array.from({ length: sizes[axis - 1]! }, (_, at) =>
    sketch.node("Gather", [tip.name, sketch.integers([at], single ? [] : [1])], { axis: int(axis) }),
  );
  const left = single ? sizes.toSpliced(axis - 1, 1) : sizes.with(axis - 1, 1);
  growth.move(sketch.node(tape.pick(["Max", "Min", "Sum"]), parts), left);
}

/** Joined and cut in the same places: optimisers leave both out. */
export function appendJoinedAndCut(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  if (sketch.opset < 10) return;
  const axis = tape.between(1, sizes.length);
  const size = sizes[axis - 1]!;
  const other = sketch.node("Mul", [tip.name, sketch.scalar(0.25)]);
  const whole = sketch.node(
    "Concat",
    tape.pick([
      [tip.name, other],
      [other, tip.name],
    ]),
    { axis: int(axis) },
  );
  const bounds = tape.pick([
    [0, size],
    [size, 2 * size],
  ]);
  const [start, end] = bounds.map((each) => sketch.integers([each])) as [string, string];
  const part = sketch.node("Slice", [whole, start, end, sketch.integers([axis])]);
  growth.move(part, sizes);
}
