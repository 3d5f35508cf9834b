import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import { hull, join, single, type Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { broadcast, shown, type Dims } from "./sizes.ts";
import { constantFloats, floats, integers, moved, perChannel, whole, type FloatTensor, type Known } from "./tensor.ts";
import { mergedTrail } from "./trail.ts";

const transpose: Rule = (node) => {
  node.allow("perm");
  const x = node.float(0);
  const perm = node.list("perm") ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  if (perm.length !== x.dims.length || perm.toSorted((a, b) => a - b).some((axis, at) => axis !== at))
    reject(`perm is [${perm.join(", ")}] for the shape ${shown(x.dims)}.`);
  if (x.data !== null) return { tensor: transposed(x.data, x.dims as readonly number[], perm) };
  const dims = perm.map((axis) => x.dims[axis]!);
  return { tensor: moved(x, dims, perm[1] === 1 ? x.ranges : [whole(x)]) };
};

function transposed(data: Float32Array, dims: readonly number[], perm: readonly number[]): FloatTensor {
  const target = perm.map((axis) => dims[axis]!);
  const strides = perm.map((axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const elements = data.map((_, at) => {
    let rest = at;
    let from = 0;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      from += (rest % target[axis]!) * strides[axis]!;
      rest = Math.floor(rest / target[axis]!);
    }
    return data[from]!;
  });
  return constantFloats(elements, target);
}

/** Pads are an attribute up to opset 10, an input from 11 on, and name their axes from 18 on. */
const pad: Rule = (node) => {
  node.allow("mode", ...(node.opset < 11 ? ["pads", "value"] : []));
  const x = node.float(0);
  const mode = node.text("mode", "constant");
  if (!["constant", "edge", "reflect"].includes(mode)) reject(`The mode "${mode}" is not supported.`);
  const filler = mode === "constant" ? fillerOf(node) : null;
  const pads = padsOf(node, x.dims.length);
  const grows = pads.some(([before, after]) => before > 0 || after > 0);
  const channelsStay = pads[1] === undefined || pads[1].every((count) => count === 0);
  const kept = channelsStay ? x.ranges : [whole(x)];
  return {
    tensor: floats({
      dims: x.dims.map((size, axis) => {
        const [before, after] = pads[axis]!;
        if (before === 0 && after === 0) return size;
        return typeof size === "number" ? size + before + after : node.unknown(axis);
      }),
      ranges: grows && filler !== null ? kept.map((each) => join(each, single(filler))) : kept,
      mayBeNegativeZero: x.mayBeNegativeZero || Object.is(filler, -0),
      trail: grows && !x.trail.padded ? { ...x.trail, padded: true, unpadded: x.dims } : x.trail,
    }),
  };
};

function fillerOf(node: CheckedNode): number {
  if (node.opset < 11) return node.unsigned("value", 0);
  return node.has(2) ? node.constant(2).data[0]! : 0;
}

function padsOf(node: CheckedNode, rank: number): readonly (readonly [number, number])[] {
  const flat = node.opset < 11 ? (node.list("pads") ?? reject("It has no pads.")) : node.numbers(1);
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const named = node.opset >= 18 && node.has(3) ? node.axes(node.numbers(3), rank) : all;
  // An optimiser that moves a Transpose past a Pad applies its pads to all axes in order.
  if (flat.length !== 2 * rank || named.join() !== all.join()) reject("Its pads are not for all axes in order.");
  return all.map((axis) => [flat[axis]!, flat[axis + rank]!]);
}

const concat: Rule = (node) => {
  node.allow("axis");
  if (node.attribute("axis", "int") === null || node.inputs.length === 0) reject("It has no axis or no inputs.");
  if (node.inputs.every((input) => input?.type === "integers")) return { tensor: joinedIntegers(node) };
  const all = node.inputs.map((_, index) => node.float(index));
  const [first] = all as [FloatTensor];
  const axis = node.axis(node.integer("axis", 0), first.dims.length);
  if (all.some(({ dims }) => dims.length !== first.dims.length)) reject("It joins tensors of different ranks.");
  const sizes = all.map(({ dims }) => dims[axis]!);
  const total = sizes.every((size) => typeof size === "number")
    ? sizes.reduce((sum, size) => sum + size, 0)
    : node.unknown(axis);
  const dims = first.dims.with(axis, total);
  return {
    tensor: floats({
      dims,
      ranges: joinedRanges(all, axis, dims),
      mayBeNegativeZero: all.some((each) => each.mayBeNegativeZero),
      trail: mergedTrail(all.map(({ trail }) => trail)),
    }),
  };
};

function joinedIntegers(node: CheckedNode): Known {
  const lists = node.inputs.map((_, index) => node.integers(index));
  node.axis(node.integer("axis", 0), 1);
  if (lists.some(({ dims }) => dims.length !== 1)) reject("It joins integers that are not lists.");
  return integers(lists.flatMap(({ elements }) => elements));
}

function joinedRanges(all: readonly FloatTensor[], axis: number, dims: Dims): readonly Range[] {
  if (axis !== 1) return perChannel(dims, all, hull);
  if (typeof dims[1] === "string") return [hull(all.map(whole))];
  return all.flatMap((each) => {
    const count = each.dims[1] as number;
    return each.ranges.length === count ? each.ranges : Array.from({ length: count }, () => whole(each));
  });
}

const depthToSpace: Rule = (node) => {
  node.allow("blocksize", "mode");
  return blocks(
    node,
    (channels, block) => channels / block ** 2,
    (side, block) => side * block,
  );
};

const spaceToDepth: Rule = (node) => {
  node.allow("blocksize");
  return blocks(
    node,
    (channels, block) => channels * block ** 2,
    (side, block) => side / block,
  );
};

type Resize = (size: number, block: number) => number;

function blocks(node: CheckedNode, depth: Resize, side: Resize): Derived {
  const x = node.float(0);
  const block = node.integer("blocksize", 0);
  if (x.dims.length !== 4 || block < 1) reject(`Blocks of ${block} do not fit the shape ${shown(x.dims)}.`);
  const dims = x.dims.map((size, axis) => {
    if (axis === 0) return size;
    if (typeof size === "string") return node.unknown(axis);
    const resized = (axis === 1 ? depth : side)(size, block);
    return Number.isInteger(resized) ? resized : reject(`${shown(x.dims)} cannot be divided into blocks of ${block}.`);
  });
  return { tensor: moved(x, dims, [whole(x)]) };
}

const expand: Rule = (node) => {
  node.allow();
  const x = node.float(0);
  const dims = broadcast(x.dims, node.integers(1).elements);
  return { tensor: moved(x, dims, perChannel(dims, [x], hull)) };
};

export const MOVES: Rules = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Pad: pad,
  SpaceToDepth: spaceToDepth,
  Transpose: transpose,
};
