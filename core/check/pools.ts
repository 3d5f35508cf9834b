import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import { exponentOf, finished, magnitude, range, withZero } from "./range.ts";
import { reject } from "./rejection.ts";
import type { Dims } from "./sizes.ts";
import { floats, type FloatTensor } from "./tensor.ts";
import { comesOutEven, isPadded, meetsInput, slidDims, WINDOW_ATTRIBUTES, windows, type Window } from "./windows.ts";

const maxPool: Rule = (node) => {
  node.allow("ceil_mode", "storage_order", ...WINDOW_ATTRIBUTES);
  if (node.hasOutput(1)) reject("It also outputs the indices of the maxima.");
  const x = node.operand(0);
  const axes = poolWindows(node, x);
  if (!axes.every(meetsInput)) reject("A window may contain only padding, which is minus infinity.");
  const ranges = x.ranges.map(finished);
  const dims = slidDims(x.dims, x.dims[1]!, axes);
  return { tensor: floats({ dims, ranges, mayBeNegativeZero: x.mayBeNegativeZero }) };
};

function poolWindows(node: CheckedNode, x: FloatTensor): readonly Window[] {
  if (x.trail.padded) reject("Optimisers merge the preceding Pad into it, which changes the padding.");
  const axes = windows(node, node.list("kernel_shape") ?? reject("It has no kernel_shape."), x.dims);
  if (node.integer("ceil_mode", 0) !== 0 && !axes.every(comesOutEven)) reject("ceil_mode adds a window.");
  return axes;
}

const averagePool: Rule = (node) => {
  node.allow("ceil_mode", "count_include_pad", ...WINDOW_ATTRIBUTES);
  const x = node.operand(0);
  const axes = poolWindows(node, x);
  if (axes.some(({ dilation }) => dilation > 1)) reject("Its window is dilated.");
  const padded = axes.some(isPadded);
  if (padded && node.integer("count_include_pad", 0) === 0) reject("Its divisor is smaller at the edges.");
  const elements = axes.reduce((product, { kernel }) => product * kernel, 1);
  return averaged(
    { ...x, ranges: padded ? x.ranges.map(withZero) : x.ranges },
    slidDims(x.dims, x.dims[1]!, axes),
    elements,
  );
};

const globalAveragePool: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const elements = x.dims
    .slice(2)
    .map((size) => (typeof size === "number" ? size : reject("The number of elements is not known.")))
    .reduce((product, size) => product * size, 1);
  return averaged(x, pooledAway(x.dims), elements);
};

const globalMaxPool: Rule = (node) => {
  node.allow();
  const x = node.operand(0);
  const ranges = x.ranges.map(finished);
  return { tensor: floats({ dims: pooledAway(x.dims), ranges, mayBeNegativeZero: x.mayBeNegativeZero }) };
};

function pooledAway(dims: Dims): Dims {
  return dims.map((size, axis) => (axis < 2 ? size : 1));
}

/** The average has the sum's integers, in a unit finer by the window's size. */
function averaged({ ranges: from, mayBeNegativeZero }: FloatTensor, dims: Dims, elements: number): Derived {
  const exponent = exponentOf(elements) ?? reject(`It averages ${elements} elements, not a power of two.`);
  const count = BigInt(elements);
  const ranges = from.map((each) =>
    range(each.unit - exponent, each.lo * count, each.hi * count, magnitude(each) * count),
  );
  return { tensor: floats({ dims, ranges, mayBeNegativeZero }), sums: ranges, relies: "division" };
}

export const POOLS: Rules = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  MaxPool: maxPool,
};
