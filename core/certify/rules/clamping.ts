import type { Call } from "../call.ts";
import { perChannel } from "../channels.ts";
import { broadcast } from "../dims.ts";
import { afterActivation, type Clamp } from "../history.ts";
import { outcome, type Outcome } from "../outcome.ts";
import {
  finished,
  greaterOf,
  highest,
  largest,
  lesserOf,
  lowest,
  negate,
  range,
  single,
  ZERO,
  type Range,
} from "../range.ts";
import { refuse } from "../refusal.ts";
import { ended, floatValue, wholeRange, type FloatValue } from "../value.ts";
import { forgottenClamp } from "../webgpu-faults.ts";
import type { OperatorRules } from "../operator-rule.ts";

const FLOAT32_MAX = 3.4028234663852886e38;
const RULE = "each element is one of the numbers compared, unchanged";

function relu(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const ranges = x.ranges.map((each) => greaterOf(each, ZERO));
  return activation(x, ranges, [0, Infinity]);
}

function activation(x: FloatValue, ranges: readonly Range[], through: Clamp): Outcome {
  const output = { ...ended(x, ranges), history: afterActivation(x.history, through) };
  return outcome(output, "each element is itself or a bound, unchanged", {
    webgpuFault: forgottenClamp(x.history, through),
  });
}

function absolute(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  return outcome(ended(x, x.ranges.map(magnitudes)), "only the sign changes");
}

function magnitudes(of: Range): Range {
  if (of.lo >= 0) return of;
  return of.hi <= 0 ? negate(of) : range(of.exponent, 0, largest(of));
}

/** Keeps order. ONNX does not say which sign a zero has. */
function sign(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const ranges = x.ranges.map(({ lo, hi }) => range(0, Math.sign(lo), Math.sign(hi)));
  return outcome(ended(x, ranges), "each element is -1, 0 or 1");
}

function compared(call: Call, pick: (left: Range, right: Range) => Range): Outcome {
  call.allow();
  const all = call.operands();
  const output = all.reduce((left, right) => {
    const dims = broadcast(left.dims, right.dims);
    const ranges = perChannel(dims, [left, right], ([a, b]) => pick(a!, b!));
    return floatValue({ dims, ranges, negativeZero: left.negativeZero ?? right.negativeZero });
  });
  // A single input is not compared, and optimisers may drop the node.
  return outcome(all.length === 1 ? all[0] : output, RULE);
}

/** Clip with constant bounds: attributes up to opset 10, inputs from 11 on. */
function clip(call: Call): Outcome {
  call.allow(...(call.opset < 11 ? ["min", "max"] : []));
  const x = call.operand(0);
  const [min, max] =
    call.opset < 11 ? [call.unsigned("min", -FLOAT32_MAX), call.unsigned("max", FLOAT32_MAX)] : boundInputs(call);
  if (!(min <= max)) refuse(`Its interval from ${min} to ${max} is empty, and backends handle that differently.`);
  if (max < 0) refuse(`Its upper bound ${max} is negative; after a Relu, optimisers turn it into an empty interval.`);
  const ranges = x.ranges.map((each) => clamped(each, min, max));
  const through: Clamp = [min <= -FLOAT32_MAX ? -Infinity : min, max >= FLOAT32_MAX ? Infinity : max];
  return activation({ ...x, negativeZero: signOfZero(x, min, max) }, ranges, through);
}

function boundInputs(call: Call): [number, number] {
  const [min, max] = [1, 2].map((index) => {
    if (call.value(index) === null) return null;
    const { constant } = call.float(index);
    if (constant?.length !== 1) refuse("Its bounds are not constant numbers.");
    return constant[0]!;
  });
  return [min ?? -FLOAT32_MAX, max ?? FLOAT32_MAX];
}

/** Bounds that no element reaches do not change the grid. */
function clamped(of: Range, min: number, max: number): Range {
  const raised = min > lowest(of) ? greaterOf(of, single(min)) : finished(of);
  return max < highest(raised) ? lesserOf(raised, single(max)) : raised;
}

function signOfZero(x: FloatValue, min: number, max: number): string | null {
  if (x.negativeZero !== null) return x.negativeZero;
  const surfaces = Object.is(min, -0) ? lowest(wholeRange(x)) <= 0 : Object.is(max, -0);
  return surfaces ? "a bound of the Clip is -0" : null;
}

export const CLAMPING: OperatorRules = {
  Abs: { rule: absolute, rows: "each row" },
  Clip: { rule: clip, rows: "each row" },
  Max: { rule: (call) => compared(call, greaterOf), rows: "elementwise" },
  Min: { rule: (call) => compared(call, lesserOf), rows: "elementwise" },
  Relu: { rule: relu, rows: "each row" },
  Sign: { rule: sign, rows: "each row" },
};
