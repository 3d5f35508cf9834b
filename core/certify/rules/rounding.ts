import type { Call } from "../call.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { lowest, range, type Range } from "../range.ts";
import { ended, wholeRange } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

const RULE = "an integer next to a number that float32 holds exactly";

/** Floor makes -0 of -0 alone. */
function floor(call: Call): Outcome {
  call.understands();
  const x = call.operand(0);
  return outcome(
    ended(
      x,
      x.ranges.map((each) => rounded(each, Math.floor)),
    ),
    RULE,
    { assumes: ["rounding"] },
  );
}

function ceil(call: Call): Outcome {
  return towardsZero(call, Math.ceil);
}

/** To the nearest, halves to the even one. */
function round(call: Call): Outcome {
  return towardsZero(call, halfToEven);
}

/** -0.3 becomes -0 in IEEE 754, but +0 where a backend computes x - remainder. */
function towardsZero(call: Call, way: (value: number) => number): Outcome {
  call.understands();
  const x = call.operand(0);
  const whole = wholeRange(x);
  const reachesZeroFromBelow = whole.exponent < 0 && lowest(whole) < 0;
  const negativeZero =
    x.negativeZero ?? (reachesZeroFromBelow ? `${call.node.op} makes -0 of numbers just below 0` : null);
  return outcome(
    ended(
      { ...x, negativeZero },
      x.ranges.map((each) => rounded(each, way)),
    ),
    RULE,
    { assumes: ["rounding"] },
  );
}

/** Rounding keeps order, so the ends of the interval become its ends. */
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
  Ceil: { rule: ceil, rows: "each row" },
  Floor: { rule: floor, rows: "each row" },
  Round: { rule: round, rows: "each row" },
};
