import { int, ints } from "../graphs/sketch.ts";
import type { Growth } from "./growth.ts";
import { list } from "./integers.ts";

/** Makes a tensor of the tip; its first axis does not have to be the batch any more, so that nothing can grow from it. */
type Finish = (growth: Growth) => string | null;

const FINISHES: readonly Finish[] = [
  transposed,
  flattened,
  regrouped,
  regrouped,
  joinedRows,
  pickedRows,
  raised,
  twice,
];

/** A last step that mixes rows, and one more that shows what is known of its channels. */
export function finishing(growth: Growth): string {
  const { tape } = growth;
  const name = growth.sizes.length > 0 ? tape.pick(FINISHES)(growth) : null;
  if (name === null) return growth.tip.name;
  return tape.pick([same, same, clamped, scaled])(growth, name);
}

/** The batch goes to any other axis. */
function transposed({ tape, sketch, tip }: Growth): string {
  const axes = tip.dims.map((_, axis) => axis);
  const from = tape.between(1, axes.length - 1);
  [axes[0], axes[from]] = [axes[from]!, axes[0]!];
  return sketch.node("Transpose", [tip.name], { perm: ints(axes) });
}

function flattened({ tape, sketch, tip }: Growth): string {
  const rank = tip.dims.length;
  return sketch.node("Flatten", [tip.name], { axis: int(tape.between(sketch.opset >= 11 ? -rank : 0, rank)) });
}

/** Rows of another length, and perhaps the old ones again. */
function regrouped(growth: Growth): string {
  const { tape, sketch, tip, sizes, volume } = growth;
  const divisors = [1, 2, 3, 4, 6, 8].filter((each) => volume % each === 0);
  const [parts, channels] = [tape.pick(divisors), tape.pick(divisors)];
  const inner = volume / parts;
  const target = inner % channels === 0 ? [-1, channels, inner / channels] : [-1, inner];
  const other = sketch.node("Reshape", [tip.name, list(growth, target)]);
  if (tape.chance(0.5)) return other;
  return sketch.node("Reshape", [other, list(growth, tape.chance(0.5) ? [-1, ...sizes] : [-1, volume])]);
}

function joinedRows({ sketch, tip }: Growth): string {
  const smaller = sketch.node("Mul", [tip.name, sketch.scalar(0.25)]);
  return sketch.node("Concat", [tip.name, smaller], { axis: int(0) });
}

/** The first row, once or more, or the last one. */
function pickedRows(growth: Growth): string {
  const { tape, sketch, tip } = growth;
  const picked = tape.pick([[0], [0, 0], [-1], [0, -1]]).map((at) => (sketch.opset < 11 ? 0 : at));
  const indices = tape.chance(0.3) ? sketch.integers([0], []) : list(growth, picked);
  return sketch.node("Gather", [tip.name, indices], { axis: int(0) });
}

/** A constant of a higher rank puts an axis in front. */
function raised({ tape, sketch, tip, sizes }: Growth): string {
  const channels = sizes[0]!;
  const dims = tape.pick([
    [2, ...tip.dims.map(() => 1)],
    [1, 1, channels, ...sizes.slice(1).map(() => 1)],
  ]);
  const count = dims.reduce((product, size) => product * size, 1);
  // A constant that changes no element still changes the shape.
  if (tape.chance(0.3))
    return sketch.node("Mul", [
      tip.name,
      sketch.floats(
        Array.from({ length: count }, () => 1),
        dims,
      ),
    ]);
  const most = tape.pick([0, 40]);
  const values = tape.noise(count).map((noise) => Math.trunc(noise * most) + 0);
  return sketch.node("Add", [tip.name, sketch.floats(values, dims)]);
}

/** Transposed there and back, with something between. */
function twice({ tape, sketch, tip }: Growth): string {
  const perm = tip.dims.map((_, axis) => axis).toReversed();
  const turned = sketch.node("Transpose", [tip.name], { perm: ints(perm) });
  const between = sketch.node(tape.pick(["Relu", "Abs", "Identity", "Floor"]), [turned]);
  return sketch.node("Transpose", [between], { perm: ints(perm) });
}

function same(_growth: Growth, name: string): string {
  return name;
}

function clamped({ sketch }: Growth, name: string): string {
  return sketch.node("Relu", [name]);
}

function scaled({ sketch }: Growth, name: string): string {
  return sketch.node("Mul", [name, sketch.scalar(0.5)]);
}
