import type { Call } from "../call.ts";
import { perChannel } from "../channels.ts";
import { broadcast } from "../dims.ts";
import { afterSum, mergedHistory, type History } from "../history.ts";
import { boundOf, outcome, type Outcome } from "../outcome.ts";
import { add, holdsZero, negate, ZERO } from "../range.ts";
import { floatValue, wholeRange, type FloatValue } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

const RULE =
  "the terms on both sides count as one sum, because optimisers make one of them: exact while it is below 2^24 on the finer grid";

function addition(call: Call): Outcome {
  call.allow();
  return summed(call, sum(call.operand(0), call.operand(1)));
}

/** Sum of one or more tensors, in any order. */
function sums(call: Call): Outcome {
  call.allow();
  return summed(call, call.operands().reduce(sum));
}

function subtraction(call: Call): Outcome {
  call.allow();
  const [left, right] = [call.operand(0), call.operand(1)];
  const dims = broadcast(left.dims, right.dims);
  const ranges = perChannel(dims, [left, right], ([a, b]) => add(a!, negate(b!)));
  // x - y is -0 for x = -0 and y = +0 alone.
  return summed(call, floatValue({ dims, ranges, negativeZero: left.negativeZero, history: historyOf(left, right) }));
}

function sum(left: FloatValue, right: FloatValue): FloatValue {
  const dims = broadcast(left.dims, right.dims);
  return floatValue({
    dims,
    ranges: perChannel(dims, [left, right], ([a, b]) => add(a!, b!)),
    negativeZero: signOfZero(left, right),
    history: historyOf(left, right),
  });
}

function historyOf(left: FloatValue, right: FloatValue): History {
  return mergedHistory([afterSum(left.history, isZero(right)), afterSum(right.history, isZero(left))]);
}

/** -0 + +0 is +0, but an optimiser may drop the addition of a constant 0, which keeps the -0. */
function signOfZero(left: FloatValue, right: FloatValue): string | null {
  if (left.negativeZero !== null && (right.negativeZero !== null || isZero(right))) return left.negativeZero;
  return isZero(left) ? right.negativeZero : null;
}

/** It is 0, or an optimiser may find that out by computing it beforehand. */
function isZero(value: FloatValue): boolean {
  return wholeRange(value) === ZERO || (value.folded && value.constant === null && value.ranges.every(holdsZero));
}

function summed(call: Call, output: FloatValue): Outcome {
  return outcome(output, RULE, { bound: boundOf(output.ranges, call.exactUnits, "The sum of all absolute values") });
}

export const ADDITION: OperatorRules = {
  Add: { rule: addition, rows: "elementwise" },
  Sub: { rule: subtraction, rows: "elementwise" },
  Sum: { rule: sums, rows: "elementwise" },
};
