import type { Call } from "../call.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { lowest, range, type Range } from "../range.ts";
import { ended, wholeRange } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

const RULE = "an integer next to a number that float32 holds exactly";

/** @param losesSign Ceil and Round make -0 of -0.3 in IEEE 754, but +0 on a backend that computes x - remainder */
function rounding(call: Call, way: (value: number) => number, losesSign: boolean): Outcome {
  call.allow();
  const x = call.operand(0);
  const whole = wholeRange(x);
  const reachesZeroFromBelow = losesSign && whole.exponent < 0 && lowest(whole) < 0;
  const negativeZero =
    x.negativeZero ?? (reachesZeroFromBelow ? `${call.node.op} makes -0 of numbers just below 0` : null);
  const ranges = x.ranges.map((each) => rounded(each, way));
  return outcome(ended({ ...x, negativeZero }, ranges), RULE, { assumes: ["rounding"] });
}

/** Rounding keeps order, so the ends of the interval stay its ends. */
function rounded(of: Range, way: (value: number) => number): Range {
  if (of.exponent >= 0) return of;
  const unit = 2 ** of.exponent;
  return range(0, way(of.lo * unit), way(of.hi * unit));
}

function halfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

export const ROUNDING: OperatorRules = {
  Ceil: { rule: (call) => rounding(call, Math.ceil, true), rows: "each row" },
  Floor: { rule: (call) => rounding(call, Math.floor, false), rows: "each row" },
  Round: { rule: (call) => rounding(call, halfToEven, true), rows: "each row" },
};
