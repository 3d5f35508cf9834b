import { isConstant, type Call } from "../call.ts";
import { rangesAs, rangesIn } from "../channels.ts";
import { axesOf, broadcast, describeDims, differInSize, dividedBy, mergedDim, type Dim, type Dims } from "../dims.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { refuse } from "../refusal.ts";
import { constantValue, changed, type FloatValue, type Value } from "../value.ts";
import type { OperatorRules, ConstantOf } from "../operator-rule.ts";
import type { GraphNode } from "#core/onnx/graph.ts";
import { intAttribute } from "#core/onnx/node-attributes.ts";

const RULE = "the same elements in the same order";

function identity(call: Call): Outcome {
  call.allow();
  return outcome(call.value(0) ?? refuse("Its input is missing."), RULE);
}

function dropout(call: Call): Outcome {
  call.allow("ratio", "seed");
  const training = call.value(2);
  if (training !== null) refuse("It has a training_mode input. Export the model for inference.");
  return outcome(call.float(0), "it does nothing at inference");
}

/** Only float32 to float32 and integers to int64: int32 wraps what exporters write for "to the end". */
function cast(call: Call): Outcome {
  call.allow("to", "saturate");
  const value = call.value(0) ?? refuse("Its input is missing.");
  const to = call.int("to", 0);
  const stays = value.kind === "float" ? to === 1 : value.kind === "integers" && to === 7;
  return stays ? outcome(value, RULE) : refuse("It changes the element type; the proof covers only float32.");
}

function flatten(call: Call): Outcome {
  call.allow("axis");
  const x = call.float(0);
  if (x.dims === null) return outcome(sameElements(x, null), RULE);
  const axis = call.int("axis", 1);
  const at = axis < 0 ? axis + x.dims.length : axis;
  return outcome(sameElements(x, [mergedDim(x.dims.slice(0, at)), mergedDim(x.dims.slice(at))]), RULE);
}

function reshape(call: Call): Outcome {
  call.allow("allowzero");
  const x = call.float(0);
  const target = call.integers(1).elements;
  return outcome(sameElements(x, targetDims(call, x.dims, target)), RULE);
}

/** 0 copies a dimension (unless allowzero), -1 takes the rest. */
function targetDims(call: Call, dims: Dims | null, target: readonly Dim[]): Dims {
  const copied = target.map((dim, axis) => {
    if (dim !== 0 || call.flag("allowzero")) return dim;
    return dims === null
      ? call.unknownSize(axis)
      : (dims[axis] ?? refuse("It copies a dimension that does not exist."));
  });
  const open = copied.indexOf(-1);
  if (open < 0) {
    if (dims !== null && differInSize(dims, copied))
      refuse(`The shapes ${describeDims(dims)} and ${describeDims(copied)} differ in their number of elements.`);
    return copied;
  }
  const rest = copied.toSpliced(open, 1);
  if (dims === null) return copied.with(open, call.unknownSize(open));
  const left =
    dividedBy(dims, rest) ?? refuse(`The shape ${describeDims(dims)} cannot be reshaped to ${describeDims(copied)}.`);
  return copied.with(open, left);
}

function squeeze(call: Call): Outcome {
  return withAxes(call, (dims, axes) => {
    const gone = axesOf(axes ?? dims.flatMap((dim, axis) => (dim === 1 ? [axis] : [])), dims.length);
    if (axes === null && dims.some((dim) => typeof dim === "string"))
      refuse("It removes every dimension of size 1, and a dynamic one may be 1. Name the axes.");
    if (gone.some((axis) => dims[axis] !== 1)) refuse(`It removes an axis of ${describeDims(dims)} that is not 1.`);
    return dims.filter((_, axis) => !gone.includes(axis));
  });
}

function unsqueeze(call: Call): Outcome {
  return withAxes(call, (dims, axes) => {
    const named = axes ?? refuse("It names no axes.");
    const rank = dims.length + named.length;
    const fresh = axesOf(named, rank);
    const old = [...dims];
    return Array.from({ length: rank }, (_, axis) => (fresh.includes(axis) ? 1 : old.shift()!));
  });
}

/** The axes are an attribute up to opset 12 and an input from 13 on. */
function withAxes(call: Call, dimsOf: (dims: Dims, axes: readonly number[] | null) => Dims): Outcome {
  call.allow(...(call.opset < 13 ? ["axes"] : []));
  const given = call.opset >= 13 && call.value(1) !== null ? call.numbers(1) : null;
  const axes = given ?? call.ints("axes");
  if (call.opset < 11 && axes?.some((axis) => axis < 0)) refuse("It has negative axes, which need opset 11 or later.");
  const value = call.value(0) ?? refuse("Its input is missing.");
  if (value.kind === "integers") {
    return outcome({ ...value, dims: dimsOf(value.dims, axes) as readonly number[] }, RULE);
  }
  const x = call.float(0);
  return outcome(sameElements(x, x.dims === null ? null : dimsOf(x.dims, axes)), RULE);
}

function sameElements(x: FloatValue, dims: Dims | null): FloatValue {
  if (isConstant(x) && dims !== null && dims.every((dim) => typeof dim === "number"))
    return constantValue(x.constant, dims);
  return changed(x, { dims, ranges: rangesAs(x, dims) });
}

function expand(call: Call): Outcome {
  call.allow();
  const x = call.float(0);
  const dims = broadcast(x.dims, call.integers(1).elements);
  return outcome(changed(x, { dims, ranges: rangesIn(x, dims) }), "elements are repeated");
}

/** Shape: known except for dynamic dimensions. */
function shape(call: Call): Outcome {
  call.allow("start", "end");
  const value: Value = call.value(0) ?? refuse("Its input is missing.");
  const dims = (value.kind === "other" ? null : value.dims) ?? refuse("The shape of its input is not known.");
  const elements = dims.slice(call.int("start", 0), call.int("end", dims.length));
  return outcome({ kind: "integers", dims: [elements.length], elements }, "integers that describe a shape");
}

function flattenedRank(node: GraphNode): number | null {
  return intAttribute(node, "axis", 1) === 1 ? 2 : null;
}

/** Only a target of 0 ("copy") certainly keeps the batch; -1 could merge rows. */
function reshapedRank(node: GraphNode, _rank: number, constant: ConstantOf): number | null {
  const target = constant(node.inputs[1]);
  if (target?.type !== "int64" || intAttribute(node, "allowzero", 0) !== 0) return null;
  return target.data[0] === 0n ? target.data.length : null;
}

export const SHAPES: OperatorRules = {
  Cast: { rule: cast, rows: "each row" },
  Dropout: { rule: dropout, rows: "each row" },
  Expand: { rule: expand, rows: "not followed" },
  Flatten: { rule: flatten, rows: flattenedRank },
  Identity: { rule: identity, rows: "each row" },
  Reshape: { rule: reshape, rows: reshapedRank },
  Shape: { rule: shape, rows: "not followed" },
  Squeeze: { rule: squeeze, rows: "not followed" },
  Unsqueeze: { rule: unsqueeze, rows: "not followed" },
};
