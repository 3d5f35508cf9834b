import { int, ints } from "../graphs/sketch.ts";
import type { Growth, Tip } from "./growth.ts";

/** A list of integers that shapes or places are made of: a constant in most cases, otherwise computed by other nodes. */
export function list(growth: Growth, values: readonly number[]): string {
  const { tape, sketch } = growth;
  const way = values.length === 0 || !tape.chance(0.3) ? constant : tape.pick(WAYS);
  return way(growth, values) ?? sketch.integers(values);
}

type Way = (growth: Growth, values: readonly number[]) => string | null;

const constant: Way = ({ sketch }, values) => sketch.integers(values);

const WAYS: readonly Way[] = [
  joined,
  joined,
  sliced,
  gathered,
  ({ sketch }, values) => sketch.node("Cast", [sketch.integers(values)], { to: int(7) }),
  ({ sketch }, values) => sketch.node("Identity", [sketch.integers(values)]),
  (growth, values) => squeezed(growth, growth.sketch.integers(values, [1, values.length]), 0),
  shaped,
  fromRows,
  fromRows,
  fromColumns,
];

function joined({ tape, sketch }: Growth, values: readonly number[]): string {
  const at = tape.between(0, values.length - 1);
  const parts = [values.slice(0, at), values.slice(at)].filter(({ length }) => length > 0);
  return sketch.node(
    "Concat",
    parts.map((part) => sketch.integers(part)),
    { axis: int(0) },
  );
}

/** Out of a longer list. */
function sliced(growth: Growth, values: readonly number[]): string {
  const { sketch } = growth;
  const longer = sketch.integers([7, ...values, 5]);
  const end = values.length + 1;
  if (sketch.opset < 10) return sketch.node("Slice", [longer], { starts: ints([1]), ends: ints([end]) });
  return sketch.node("Slice", [longer, sketch.integers([1]), sketch.integers([end])]);
}

function gathered({ tape, sketch }: Growth, values: readonly number[]): string {
  const order = values.map((_, at) => at).toSorted(() => tape.below(2) - 0.5);
  const shuffled = order.map((at) => values[at]!);
  const back = values.map((_, at) => order.indexOf(at));
  return sketch.node("Gather", [sketch.integers(shuffled), sketch.integers(back)]);
}

/** Those that are dimensions of the tip are taken from its Shape, one by one. */
function shaped(growth: Growth, values: readonly number[]): string | null {
  const { tape, sketch, tip } = growth;
  const parts = values.map((value) => {
    const axis = tip.dims.indexOf(value as Tip["dims"][0]);
    return axis < 0 || value < 1 ? sketch.integers([value]) : dimension(growth, axis);
  });
  return tape.chance(0.9) ? sketch.node("Concat", parts, { axis: int(0) }) : null;
}

function dimension(growth: Growth, axis: number): string {
  const { tape, sketch, tip } = growth;
  const shape = sketch.node("Shape", [tip.name]);
  if (tape.chance(0.5)) return sketch.node("Gather", [shape, sketch.integers([axis])], { axis: int(0) });
  return unsqueezed(growth, sketch.node("Gather", [shape, sketch.integers([axis], [])], { axis: int(0) }), 0);
}

/** A table of rows joined along either axis, of which one row is the list. */
function fromRows(growth: Growth, values: readonly number[]): string {
  const { tape, sketch } = growth;
  const other = values.map((value) => value + 1);
  const table = tape.chance(0.5)
    ? sketch.node("Concat", [sketch.integers(other, [1, values.length]), sketch.integers(values, [1, values.length])], {
        axis: int(0),
      })
    : stacked(growth, [other, values]);
  return sketch.node("Gather", [table, sketch.integers([1], [])], { axis: int(0) });
}

/** Two rows, each in two halves that are joined along axis 1. */
function stacked(growth: Growth, rows: readonly (readonly number[])[]): string {
  const { tape, sketch } = growth;
  const width = rows[0]!.length;
  const at = tape.between(0, width - 1);
  const parts = [rows.map((row) => row.slice(0, at)), rows.map((row) => row.slice(at))].filter(
    ([row]) => row!.length > 0,
  );
  return sketch.node(
    "Concat",
    parts.map((part) => sketch.integers(part.flat(), [rows.length, part[0]!.length])),
    { axis: int(1) },
  );
}

/** A column of a table. */
function fromColumns(growth: Growth, values: readonly number[]): string {
  const { tape, sketch } = growth;
  const table = sketch.integers(
    values.flatMap((value) => [value + 2, value]),
    [values.length, 2],
  );
  if (tape.chance(0.5)) return sketch.node("Gather", [table, sketch.integers([1], [])], { axis: int(1) });
  const turned = sketch.node("Transpose", [table], { perm: ints([1, 0]) });
  return sketch.node("Gather", [turned, sketch.integers([1], [])], { axis: int(0) });
}

function unsqueezed({ sketch }: Growth, name: string, axis: number): string {
  if (sketch.opset < 13) return sketch.node("Unsqueeze", [name], { axes: ints([axis]) });
  return sketch.node("Unsqueeze", [name, sketch.integers([axis])]);
}

function squeezed({ sketch }: Growth, name: string, axis: number): string {
  if (sketch.opset < 13) return sketch.node("Squeeze", [name], { axes: ints([axis]) });
  return sketch.node("Squeeze", [name, sketch.integers([axis])]);
}

/** Indices of any rank, joined of parts along any axis. */
export function indices(growth: Growth, values: readonly number[], dims: readonly number[]): string {
  const { tape, sketch } = growth;
  if (dims.length === 1) return list(growth, values);
  if (dims.length !== 2 || !tape.chance(0.5)) return sketch.integers(values, dims);
  const width = dims[1]!;
  const rows = Array.from({ length: dims[0]! }, (_, row) => values.slice(row * width, (row + 1) * width));
  if (tape.chance(0.6)) return stacked(growth, rows);
  return sketch.node(
    "Concat",
    rows.map((row) => unsqueezed(growth, sketch.integers(row), 0)),
    { axis: int(0) },
  );
}
