import type { Call } from "../call.ts";
import { axesOf, axisOf, describeDims, type Dim, type Dims } from "../dims.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { refuse } from "../refusal.ts";
import { changed, wholeRange, type FloatValue, type IntegerValue } from "../value.ts";
import { misplacedSlice } from "../webgpu-faults.ts";
import { selected } from "./moving.ts";
import type { OperatorRules } from "../operator-rule.ts";

const RULE = "elements are picked, unchanged";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What to keep is an attribute up to opset 9 and inputs from 10 on. */
function slice(call: Call): Outcome {
  call.allow(...(call.opset < 10 ? ["starts", "ends", "axes"] : []));
  const value = call.value(0);
  if (value?.kind === "integers") return outcome(integersAt(value, cutsOf(call, value.dims.length)), RULE);
  const x = call.float(0);
  if (x.dims === null) return outcome(changed(x, { ranges: [wholeRange(x)] }), RULE);
  const cuts = cutsOf(call, x.dims.length);
  const faults = cuts.map(({ axis, start, step }) => misplacedSlice(step, start, x.dims![axis]!));
  let output: FloatValue = x;
  for (const cut of cuts) output = along(call, output, cut);
  return outcome(output, RULE, { webgpuFault: faults.find((fault) => fault !== null) ?? null });
}

function cutsOf(call: Call, rank: number): readonly Cut[] {
  const lists =
    call.opset < 10
      ? (["starts", "ends", "axes"] as const).map((name) => call.ints(name))
      : [1, 2, 3, 4].map((index) => (call.value(index) === null ? null : call.numbers(index)));
  const [starts, ends, axes, steps] = lists;
  if (!starts || ends?.length !== starts.length) refuse("Its starts and ends differ in number.");
  const named = axesOf(axes ?? starts.map((_, at) => at), rank);
  if (named.length !== starts.length || (steps ?? starts).length !== starts.length)
    refuse("Its axes or steps differ in number from its starts.");
  return starts.map((start, at) => {
    const step = steps?.[at] ?? 1;
    if (step === 0) refuse("One of its steps is 0.");
    return { axis: named[at]!, start, end: ends[at]!, step };
  });
}

/** Negative positions count from the end, and both are clamped into the axis; backwards, the end may lie before it. */
function indicesOf({ start, end, step }: Cut, size: number): readonly number[] {
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (at: number, from: number): number => Math.min(Math.max(at < 0 ? at + size : at, from), most);
  const first = place(start, 0);
  const count = Math.max(0, Math.ceil((place(end, least) - first) / step));
  return Array.from({ length: count }, (_, at) => first + at * step);
}

function along(call: Call, x: FloatValue, cut: Cut): FloatValue {
  const size = x.dims![cut.axis]!;
  if (typeof size === "string") {
    return changed(x, {
      dims: x.dims!.with(cut.axis, call.unknownSize(cut.axis)),
      ranges: cut.axis === 1 ? [wholeRange(x)] : x.ranges,
    });
  }
  const indices = indicesOf(cut, size);
  if (indices.length === 0) refuse(`It selects nothing from axis ${cut.axis} of ${describeDims(x.dims)}.`);
  const dims = x.dims!.with(cut.axis, indices.length);
  return changed(x, { dims, ranges: cut.axis === 1 ? selected(x, indices) : x.ranges });
}

function integersAt(value: IntegerValue, cuts: readonly Cut[]): IntegerValue {
  const [cut] = cuts;
  if (value.dims.length !== 1 || cuts.length !== 1 || cut === undefined)
    refuse("For integers, the rule covers only lists.");
  const elements = indicesOf(cut, value.elements.length).map((index) => value.elements[index]!);
  return { kind: "integers", dims: [elements.length], elements };
}

function gather(call: Call): Outcome {
  call.allow("axis");
  const value = call.value(0);
  const indices = call.integers(1);
  const picked = call.numbers(1);
  const given = call.int("axis", 0);
  if (value?.kind === "integers") return outcome(integersPicked(value, indices, picked, given), RULE);
  const x = call.float(0);
  if (x.dims === null) return outcome(changed(x, { ranges: [wholeRange(x)] }), RULE);
  const axis = axisOf(given, x.dims.length);
  const places = placesIn(x.dims[axis]!, picked);
  const dims: Dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return outcome(changed(x, { dims, ranges: rangesPicked(x, axis, indices.dims.length, places) }), RULE);
}

/** Axis 1 keeps its meaning if the indices are a list, or if they select from a later axis. */
function rangesPicked(x: FloatValue, axis: number, rank: number, places: readonly number[]): FloatValue["ranges"] {
  if (axis >= 2 || (axis === 0 && rank === 1)) return x.ranges;
  return axis === 1 && rank === 1 ? selected(x, places) : [wholeRange(x)];
}

function placesIn(size: Dim, picked: readonly number[]): readonly number[] {
  if (typeof size === "string") return refuse("Its indices into a dynamic axis may be out of range.");
  return picked.map((index) => axisOf(index, size));
}

function integersPicked(
  value: IntegerValue,
  indices: IntegerValue,
  picked: readonly number[],
  axis: number,
): IntegerValue {
  if (value.dims.length !== 1) refuse("For integers, the rule covers only lists.");
  axisOf(axis, 1);
  const elements = placesIn(value.elements.length, picked).map((index) => value.elements[index]!);
  return { kind: "integers", dims: indices.dims, elements };
}

export const SELECTING: OperatorRules = {
  Gather: { rule: gather, rows: "not followed" },
  Slice: { rule: slice, rows: "not followed" },
};
