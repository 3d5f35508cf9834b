import { isConstant, type Call } from "../call.ts";
import { channelCount, rangesIn } from "../channels.ts";
import { broadcast, type Dims } from "../dims.ts";
import { powerOfTwo } from "../grid.ts";
import { afterScales, afterSum } from "../history.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { holdsZero, joinAll, negate, shifted, type Range } from "../range.ts";
import { refuse } from "../refusal.ts";
import { floatValue, changed, type ConstantValue, type FloatValue } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

/** Mul by constant powers of two, one for all or a tensor of them. */
function multiplication(call: Call): Outcome {
  call.allow();
  const [x, scales] = factors(call.operand(0), call.operand(1));
  const dims = broadcast(x.dims, scales.dims);
  const byChannel = scalesByChannel(scales, dims);
  const from = rangesIn(x, dims);
  const count = Math.max(byChannel.length, from.length);
  const ranges = Array.from({ length: count }, (_, channel) => {
    const range = from[from.length === 1 ? 0 : channel]!;
    return joinAll(byChannel[byChannel.length === 1 ? 0 : channel]!.map((scale) => scaled(range, scale)));
  });
  const different = new Set(scales.constant);
  const history = {
    ...afterSum(x.history, different.size === 1 && different.has(1)),
    scales: afterScales(
      x.history,
      Array.from(different, (scale) => powerOfTwo(scale)!),
    ),
  };
  return outcome(
    floatValue({ dims, ranges, negativeZero: signOfZero(x, scales), history }),
    "a power of two moves the unit and leaves the integers as they are",
  );
}

function factors(left: FloatValue, right: FloatValue): [FloatValue, ConstantValue] {
  if (isConstant(right) && allPowersOfTwo(right)) return [left, right];
  if (isConstant(left) && allPowersOfTwo(left)) return [right, left];
  const constant = isConstant(right) ? right : isConstant(left) ? left : null;
  if (constant === null)
    refuse("It multiplies two tensors that both depend on the input; the rule covers constant powers of two.");
  const odd = constant.constant.find((scale) => powerOfTwo(scale) === null);
  return refuse(`It multiplies by ${odd}, not a power of two. Fold it into the weights before it, on their grid.`);
}

function allPowersOfTwo({ constant }: ConstantValue): boolean {
  return constant.length > 0 && constant.every((scale) => powerOfTwo(scale) !== null);
}

/** The distinct scales per channel, or one list for all if channels cannot be distinguished. */
function scalesByChannel(scales: ConstantValue, dims: Dims | null): readonly (readonly number[])[] {
  const count = channelCount(dims);
  const axis = dims === null ? -1 : 1 - dims.length + scales.dims.length;
  if (count === 1 || axis < 0 || scales.dims[axis] !== count) return [[...new Set(scales.constant)]];
  const inner = scales.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const sets = Array.from({ length: count }, () => new Set<number>());
  for (const [at, scale] of scales.constant.entries()) sets[Math.floor(at / inner) % count]!.add(scale);
  return sets.map((set) => [...set]);
}

function scaled(range: Range, scale: number): Range {
  return shifted(scale < 0 ? negate(range) : range, powerOfTwo(scale)!);
}

function signOfZero(x: FloatValue, scales: ConstantValue): string | null {
  return scales.constant.some((scale) => scale < 0) ? "a factor below 0 makes a zero -0" : x.negativeZero;
}

function negation(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const negativeZero = x.ranges.some(holdsZero) ? "Neg makes a zero -0" : null;
  const output = changed(x, { ranges: x.ranges.map(negate), negativeZero, history: afterSum(x.history, false) });
  return outcome(output, "only the sign changes");
}

export const SCALING: OperatorRules = {
  Mul: { rule: multiplication, rows: "elementwise" },
  Neg: { rule: negation, rows: "each row" },
};
