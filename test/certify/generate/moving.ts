import { float, int, ints, text } from "../graphs/sketch.ts";
import type { Growth } from "./growth.ts";
import { list } from "./integers.ts";
import { window } from "./linear.ts";

export function appendPool(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const [channels, ...spatial] = sizes as [number, ...number[]];
  const kind = tape.pick(["MaxPool", "MaxPool", "AveragePool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"]);
  if (kind.startsWith("Global")) return growth.move(sketch.node(kind, [tip.name]), [channels, ...spatial.map(() => 1)]);
  const kernel = spatial.map((size) =>
    Math.min(size, kind === "MaxPool" ? tape.between(1, 3) : tape.pick([1, 2, 2, 4])),
  );
  const { said, out } = window(tape, kernel, [...spatial], kind === "MaxPool" && sketch.opset >= 10);
  const more = kind === "AveragePool" ? { count_include_pad: int(tape.pick([1, 1, 0])) } : {};
  // Refused wherever it would change the size that `out` says.
  const ceiled = sketch.opset >= 10 && !("auto_pad" in said) && tape.chance(0.15) ? { ceil_mode: int(1) } : {};
  growth.move(sketch.node(kind, [tip.name], { ...said, ...more, ...ceiled }), [channels, ...out]);
}

export function appendPad(growth: Growth): void {
  const { tape, tip, sizes } = growth;
  const span = growth.span();
  if (span === null) return;
  // A negative pad cuts off what is there.
  const cuts = tape.chance(0.15);
  const pads = [...tip.dims, ...tip.dims].map((size, at) => {
    const axis = at % tip.dims.length;
    if (axis === 0 || (axis === 1 && tape.chance(0.7))) return 0;
    return tape.between(cuts && Number(size) > 3 ? -1 : 0, 2);
  });
  const value = tape.pick([0, 0, 0, 1, -3, Math.fround(span.hi * 4), 2 ** (span.exponent - 2)]) + 0;
  const bends = sizes.every((size, axis) => Math.max(pads[axis + 1]!, pads[axis + 1 + tip.dims.length]!) < size);
  const mode =
    value === 0 && !cuts ? tape.pick(["constant", "constant", "edge", bends ? "reflect" : "edge"]) : "constant";
  const name = padNode(growth, mode, pads, value);
  growth.move(
    name,
    sizes.map((size, axis) => size + pads[axis + 1]! + pads[axis + 1 + tip.dims.length]!),
  );
}

function padNode(growth: Growth, mode: string, pads: readonly number[], value: number): string {
  const { tape, sketch, tip } = growth;
  if (sketch.opset < 11)
    return sketch.node("Pad", [tip.name], { mode: text(mode), pads: ints(pads), value: float(value) });
  const filler = mode === "constant" ? sketch.scalar(value) : "";
  if (sketch.opset < 18 || tape.chance(0.5)) {
    return sketch.node("Pad", [tip.name, list(growth, pads), filler], { mode: text(mode) });
  }
  // All axes, or all but the batch, which is refused.
  const first = tape.chance(0.9) ? 0 : 1;
  const axes = sketch.integers(
    tip.dims.slice(first).map((_, at) => at + first - (tape.chance(0.5) ? tip.dims.length : 0)),
  );
  const named = pads.filter((_, at) => at % tip.dims.length >= first);
  return sketch.node("Pad", [tip.name, sketch.integers(named), filler, axes], { mode: text(mode) });
}

/** Optimisers move the Pad into the pool, where it means something else. */
export function appendPadThenPool(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const [channels, ...spatial] = sizes as [number, ...number[]];
  const around = [0, 0, ...spatial.map(() => 1)];
  const padded =
    sketch.opset < 11
      ? sketch.node("Pad", [tip.name], { pads: ints([...around, ...around]) })
      : sketch.node("Pad", [tip.name, sketch.integers([...around, ...around])]);
  const between = tape.pick([padded, padded, sketch.node("Identity", [padded])]);
  const kind = tape.pick(["MaxPool", "AveragePool"]);
  const said = {
    kernel_shape: ints(spatial.map(() => 2)),
    strides: ints(spatial.map(() => 2)),
    pads: ints([...spatial, ...spatial].map(() => 0)),
  };
  const more = kind === "AveragePool" ? { count_include_pad: int(tape.below(2)) } : {};
  growth.move(sketch.node(kind, [between], { ...said, ...more }), [
    channels,
    ...spatial.map((size) => Math.floor(size / 2) + 1),
  ]);
}

export function appendConcat(growth: Growth): void {
  const { tape, sketch, tip, sizes, earlier } = growth;
  const axis = tape.between(1, sizes.length);
  const fits = earlier.filter(
    ({ dims }) => dims.length === tip.dims.length && dims.every((size, at) => at === axis || size === tip.dims[at]),
  );
  const other = fits.length > 0 ? tape.pick(fits) : tip;
  const name = sketch.node("Concat", tape.chance(0.5) ? [tip.name, other.name] : [other.name, tip.name], {
    axis: int(tape.chance(0.2) ? axis - tip.dims.length : axis),
  });
  growth.move(name, sizes.with(axis - 1, sizes[axis - 1]! + Number(other.dims[axis])));
}

export function appendTranspose(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const order = sizes.map((_, at) => at + 1);
  const swapped = tape.below(order.length);
  const last = order.length - 1;
  [order[swapped], order[last]] = [order[last]!, order[swapped]!];
  growth.move(
    sketch.node("Transpose", [tip.name], { perm: ints([0, ...order]) }),
    order.map((axis) => sizes[axis - 1]!),
  );
}

export function appendBlocks(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const [channels, height, width] = sizes as [number, number, number];
  if (channels % 4 === 0 && tape.chance(0.6)) {
    const mode = sketch.opset >= 11 ? { mode: text(tape.pick(["DCR", "CRD"])) } : {};
    return growth.move(sketch.node("DepthToSpace", [tip.name], { blocksize: int(2), ...mode }), [
      channels / 4,
      height * 2,
      width * 2,
    ]);
  }
  if (height % 2 !== 0 || width % 2 !== 0) return;
  growth.move(sketch.node("SpaceToDepth", [tip.name], { blocksize: int(2) }), [channels * 4, height / 2, width / 2]);
}

export function appendNothing(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const op = tape.pick(["Identity", "Dropout", "Cast"]);
  growth.move(sketch.node(op, [tip.name], op === "Cast" ? { to: int(1) } : {}), sizes);
}

export function appendExpand(growth: Growth): void {
  const { tape, sketch, tip, sizes } = growth;
  const axis = sizes.indexOf(1);
  if (axis < 0 || sketch.opset < 8) return;
  const target = sizes.map((_, at) => (at === axis ? tape.between(1, 3) : 1));
  growth.move(sketch.node("Expand", [tip.name, list(growth, [1, ...target])]), sizes.with(axis, target[axis]!));
}
