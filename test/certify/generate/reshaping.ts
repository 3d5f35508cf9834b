import { int, ints } from "../graphs/sketch.ts";
import type { Growth } from "./growth.ts";
import { list } from "./integers.ts";

/** Reshape, Flatten, Squeeze, Unsqueeze: the same elements under other dimensions. */
export function appendReshape(growth: Growth): void {
  const { tape, sketch, tip, sizes, volume } = growth;
  const kind = tape.pick(["Flatten", "Reshape", "split", "Unsqueeze", "shape", "rows"]);
  if (kind === "rows") return rowsApart(growth);
  if (kind === "Flatten") return growth.move(sketch.node("Flatten", [tip.name]), [volume]);
  if (kind === "Unsqueeze") return growAxes(growth);
  if (kind === "shape") return growth.move(flattenedByShape(growth), [volume]);
  const [head, ...rest] = sizes as [number, ...number[]];
  const factor = [2, 3, 4].find((each) => head % each === 0) ?? 1;
  const target =
    kind === "split" ? [head / factor, (volume / head) * factor] : [head * (rest[0] ?? 1), ...rest.slice(1)];
  const leading = tape.pick([-1, 0]);
  growth.move(sketch.node("Reshape", [tip.name, list(growth, [leading, ...target])]), target);
}

/** Rows become images of one element; anything else gains an axis and loses it again, or one of its own. */
function growAxes(growth: Growth): void {
  const { sizes } = growth;
  const rank = sizes.length + 1;
  if (rank === 2) return growth.move(onAxes(growth, "Unsqueeze", [2, 3]), [sizes[0]!, 1, 1]);
  if (sizes.at(-1) !== 1 && sizes.length === 5) return;
  if (sizes.at(-1) !== 1) growth.move(onAxes(growth, "Unsqueeze", [rank]), [...sizes, 1]);
  const last = growth.sketch.opset < 11 ? growth.sizes.length : -1;
  growth.move(onAxes(growth, "Squeeze", [last]), growth.sizes.slice(0, -1));
}

function onAxes({ sketch, tip }: Growth, op: string, axes: readonly number[]): string {
  if (sketch.opset < 13) return sketch.node(op, [tip.name], { axes: ints(axes) });
  return sketch.node(op, [tip.name, sketch.integers(axes)]);
}

/** What PyTorch's older exporter makes of x.view(x.size(0), -1). */
function flattenedByShape({ sketch, tip }: Growth): string {
  const batch = sketch.node("Gather", [sketch.node("Shape", [tip.name]), sketch.integers([0], [])], { axis: int(0) });
  const first =
    sketch.opset < 13
      ? sketch.node("Unsqueeze", [batch], { axes: ints([0]) })
      : sketch.node("Unsqueeze", [batch, sketch.integers([0])]);
  const target = sketch.node("Concat", [first, sketch.integers([-1])], { axis: int(0) });
  return sketch.node("Reshape", [tip.name, target]);
}

/** Every axis of a row's elements becomes two, or the last three become one. */
function rowsApart(growth: Growth): void {
  const { sketch, tip, sizes } = growth;
  const target =
    sizes.length <= 3
      ? [...sizes.slice(0, -1), 1, sizes.at(-1)!]
      : [...sizes.slice(0, -2), sizes.at(-2)! * sizes.at(-1)!];
  growth.move(sketch.node("Reshape", [tip.name, list(growth, [0, ...target])]), target);
}

/** A tensor of one axis, the batch, gains others. */
export function appendRowsFromNumbers(growth: Growth): void {
  const { tape, sketch, tip } = growth;
  const sizes = tape.pick([[1], [1, 1], [1, 1, 1]]);
  if (tape.chance(0.5)) {
    const axes = sizes.map((_, at) => at + 1);
    return growth.move(onAxes(growth, "Unsqueeze", axes), sizes);
  }
  growth.move(sketch.node("Reshape", [tip.name, list(growth, [-1, ...sizes])]), sizes);
}
