import type { CheckedNode, Derived, Rule, Rules } from "./node.ts";
import { hull, type Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { differInSize, product, quotient, shown, type Dim, type Dims } from "./sizes.ts";
import { constant, constantFloats, integers, moved, whole, type FloatTensor } from "./tensor.ts";

/** A Constant node, in each form that holds numbers. */
const constantNode: Rule = (node) => {
  node.allow("value", "value_float", "value_floats", "value_int", "value_ints");
  if (node.attributeCount !== 1) reject("It has several values.");
  const tensor = node.attribute("value", "tensor");
  if (tensor !== null) return { tensor: constant(tensor) };
  if (node.attribute("value_float", "float") !== null)
    return { tensor: constantFloats(Float32Array.of(node.real("value_float", 0)), []) };
  if (node.attribute("value_int", "int") !== null) return { tensor: integers([node.integer("value_int", 0)], []) };
  const list = node.attribute("value_floats", "floats");
  if (list !== null) return { tensor: constantFloats(Float32Array.from(list), [list.length]) };
  return { tensor: integers(node.list("value_ints") ?? reject("It does not hold numbers.")) };
};

const dropout: Rule = (node) => {
  node.allow("ratio", "seed");
  if (node.has(2)) reject("It may drop elements: it has a training_mode.");
  return { tensor: node.float(0) };
};

/** From float32 to itself, or integers to int64. */
const cast: Rule = (node) => {
  node.allow("to", "saturate");
  const tensor = node.known(0);
  const to = node.integer("to", 0);
  const same = tensor.type === "float32" ? to === 1 : tensor.type === "integers" && to === 7;
  return same ? { tensor } : reject("It changes the element type.");
};

const flatten: Rule = (node) => {
  node.allow("axis");
  const x = node.float(0);
  const axis = node.integer("axis", 1);
  const at = axis < 0 ? axis + x.dims.length : axis;
  const dims = [product(x.dims.slice(0, at)), product(x.dims.slice(at))];
  return { tensor: reshaped(x, dims) };
};

/** In the target, 0 copies a size (unless allowzero) and -1 takes the rest. */
const reshape: Rule = (node) => {
  node.allow("allowzero");
  const x = node.float(0);
  const copies = node.integer("allowzero", 0) === 0;
  const target = node.integers(1).elements.map((size, axis) => {
    if (size !== 0 || !copies) return size;
    return x.dims[axis] ?? reject("It copies a size that does not exist.");
  });
  const open = target.indexOf(-1);
  if (open < 0 && differInSize(x.dims, target)) reject(`${shown(x.dims)} does not fill ${shown(target)}.`);
  if (open < 0) return { tensor: reshaped(x, target) };
  const left = quotient(x.dims, target.toSpliced(open, 1));
  return { tensor: reshaped(x, target.with(open, left ?? reject(`${shown(x.dims)} does not fill ${shown(target)}.`))) };
};

const squeeze: Rule = (node) =>
  withAxes(node, (dims, named) => {
    if (named === null && dims.some((size) => typeof size === "string")) reject("A dynamic size may be 1.");
    const gone = node.axes(named ?? dims.flatMap((size, axis) => (size === 1 ? [axis] : [])), dims.length);
    if (gone.some((axis) => dims[axis] !== 1)) reject(`It removes an axis of ${shown(dims)} that is not 1.`);
    return dims.filter((_, axis) => !gone.includes(axis));
  });

const unsqueeze: Rule = (node) =>
  withAxes(node, (dims, named) => {
    const list = named ?? reject("It has no axes.");
    const rank = dims.length + list.length;
    const fresh = node.axes(list, rank);
    const old = [...dims];
    return Array.from({ length: rank }, (_, axis): Dim => (fresh.includes(axis) ? 1 : old.shift()!));
  });

/** The axes are an attribute up to opset 12, an input from 13 on. */
function withAxes(node: CheckedNode, dimsOf: (dims: Dims, named: readonly number[] | null) => Dims): Derived {
  node.allow(...(node.opset < 13 ? ["axes"] : []));
  const named = node.opset >= 13 && node.has(1) ? node.numbers(1) : node.list("axes");
  if (node.opset < 11 && named?.some((axis) => axis < 0)) reject("Negative axes need opset 11 or later.");
  const value = node.known(0);
  if (value.type === "integers") return { tensor: { ...value, dims: dimsOf(value.dims, named) as readonly number[] } };
  const x = node.float(0);
  return { tensor: reshaped(x, dimsOf(x.dims, named)) };
}

function reshaped(x: FloatTensor, dims: Dims): FloatTensor {
  if (x.data !== null && dims.every((size) => typeof size === "number")) return constantFloats(x.data, dims);
  return moved(x, dims, rangesUnder(x, dims));
}

/** The ranges of the same elements in the same order under another shape, whose rows must have the same length. */
function rangesUnder(x: FloatTensor, dims: Dims): readonly Range[] {
  const count = dims[1];
  const from = rowLength(x.dims);
  const to = rowLength(dims);
  const perChannel = x.ranges.length > 1 && typeof count === "number" && count > 1;
  if (!perChannel || from === null || to === null || x.dims[0] !== dims[0] || x.ranges.length * from !== count * to)
    return [whole(x)];
  if (from % to === 0) return x.ranges.flatMap((each) => Array.from({ length: from / to }, () => each));
  if (to % from !== 0) return [whole(x)];
  const merged = to / from;
  return Array.from({ length: count }, (_, at) => hull(x.ranges.slice(at * merged, (at + 1) * merged)));
}

/** Elements that share an index of axis 1 within an index of axis 0; null if unknown. */
function rowLength(dims: Dims): number | null {
  const inner = dims.slice(2);
  return inner.every((size) => typeof size === "number") ? Number(product(inner)) : null;
}

const shape: Rule = (node) => {
  node.allow("start", "end");
  const value = node.known(0);
  if (value.type === "other") return reject("The shape of its input is not known.");
  return { tensor: integers(value.dims.slice(node.integer("start", 0), node.integer("end", value.dims.length))) };
};

/** Operators that keep all elements in order, and those that shapes are computed with. */
export const SHAPES: Rules = {
  Cast: cast,
  Constant: constantNode,
  Dropout: dropout,
  Flatten: flatten,
  Identity: identity,
  Reshape: reshape,
  Shape: shape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
};

function identity(node: CheckedNode): Derived {
  node.allow();
  return { tensor: node.known(0) };
}
