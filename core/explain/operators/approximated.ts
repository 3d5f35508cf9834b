import { FLOAT_FORMATS, type FloatFormat, isFloatType, isSubnormal, stepAt } from "../float-format.ts";
import type { Elements } from "../read-elements.ts";
import { APPROXIMATED, type Approximated, gelu, type Limit, tanhGelu } from "./accuracy.ts";
import { type Call, Unclaimed } from "./call.ts";
import { type Given, type Judgement, type Operator, possible, special, wrong } from "./judge.ts";
import { FLUSHED, judgeRoundedOnce } from "./rounded-once.ts";
import { broadcastDims, broadcastPlace } from "./strides.ts";
import { judgeWithin } from "./within.ts";

const LIMITS =
  "within what each runtime's approximation of the function is held to: a few ULP of the true value, or an absolute limit where it is clamped or cancels";

export function formatOf({ type }: Elements): FloatFormat {
  if (isFloatType(type)) return FLOAT_FORMATS[type];
  throw new Unclaimed(`What is right for ${type} is not followed here.`);
}

const NOTHING_ASKED = "WebGPU's language asks for no accuracy at such an argument.";

function judgeLimited(
  format: FloatFormat,
  x: number,
  exact: number,
  { ulps, units, factor = 0, open }: Limit,
  given: Given,
): Judgement {
  if (units === Infinity) return possible(NOTHING_ASKED);
  // sinh and cosh halve what may have overflowed.
  if (!Number.isFinite(given.value) && Math.abs(exact) > format.largest / 4)
    return possible("An intermediate result may overflow.");
  const floor = 2 * format.smallestNormal * Math.max(1, factor);
  // A float64 is compared with what the language's own functions say, which have errors of their own.
  const trusted = format.type === "float64" ? ulps + 16 : ulps;
  const error = trusted * stepAt(format, exact) + units * format.unitRoundoff + floor;
  const judgement = judgeWithin(format, { value: exact, error }, given, "APPROXIMATED_FUNCTION");
  const flushes = given.dialect !== "ieee" && isSubnormal(format, x);
  if (judgement.verdict !== "wrong") return judgement;
  return flushes ? special(FLUSHED) : open === true ? possible(NOTHING_ASKED) : judgement;
}

function approximated(name: string, { exact, native, gpu }: Approximated): Operator {
  return (call) => {
    const input = call.input(0);
    const format = formatOf(input);
    return [
      {
        dims: input.dims,
        bound: { formula: `${name}: ${LIMITS}`, n: 1 },
        judge: (index, given) => {
          const x = input.numbers[index]!;
          const limits = given.dialect === "ieee" ? native(x, call) : gpu(x, call);
          return judgeLimited(format, x, exact(x, call), limits, given);
        },
      },
    ];
  };
}

/** Of the sum of both inputs, rounded before the function is taken. */
const biased = (exact: (x: number) => number, native: number, gpu: number): Operator => {
  return (call) => {
    const [input, bias] = [call.input(0), call.has(1) ? call.input(1) : null];
    const format = formatOf(input);
    const place = bias && broadcastPlace(bias.dims, input.dims);
    return [
      {
        dims: input.dims,
        bound: { formula: LIMITS, n: 2 },
        judge: (index, given) => {
          const x = input.numbers[index]! + (bias === null ? 0 : bias.numbers[place!(index)]!);
          // A rounding of x moves the result by no more than 1.2 |x| u: the slope of every GELU is below 1.2.
          const units = (given.dialect === "ieee" ? native : gpu) * Math.max(1, Math.abs(x)) + 2 * Math.abs(x);
          return judgeLimited(format, x, exact(x), { ulps: 4, units, factor: Math.abs(x) }, given);
        },
      },
    ];
  };
};

/**
 * Native: pow of the C library, or products for small whole exponents. WGSL: 2^(y log2 x), so that log2's error (3 ULP, or
 * 2^-21 between 0.5 and 2) is multiplied by y; nothing is asked for x < 0.
 */
const power: Operator = (call) => {
  const [base, exponent] = [call.input(0), call.input(1)];
  const format = formatOf(base);
  const dims = broadcastDims([base.dims, exponent.dims]);
  const [ofBase, ofExponent] = [base, exponent].map((input) => broadcastPlace(input.dims, dims));
  return [
    {
      dims,
      bound: { formula: `Pow: ${LIMITS}`, n: 1 },
      judge: (index, given) => {
        const [x, y] = [base.numbers[ofBase!(index)]!, exponent.numbers[ofExponent!(index)]!];
        const exact = x === 1 ? 1 : x ** y;
        if (given.dialect === "ieee") return judgeLimited(format, x, exact, { ulps: 8, units: 0 }, given);
        if (x === 0 || !Number.isFinite(exact)) {
          const judgement = judgeRoundedOnce(format, exact, given);
          return judgement.verdict === "wrong" ? possible(NOTHING_ASKED) : judgement;
        }
        const size = Math.abs(x);
        const logarithm = Math.log2(size);
        const logarithmUnits = 6 * Math.abs(logarithm) + (size >= 0.5 && size <= 2 ? 8 : 0);
        const units = Math.abs(y) * logarithmUnits + Math.abs(y * logarithm);
        return judgeLimited(
          format,
          x,
          exact,
          { ulps: 6 + 2 * Math.abs(y * logarithm) + units, units: 0, open: x < 0 },
          given,
        );
      },
    },
  ];
};

/** Shrink: x - bias beyond lambd, x + bias below -lambd, one rounding. */
const shrink: Operator = (call: Call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const [lambd, bias] = [call.float("lambd", 0.5), call.float("bias", 0)];
  return [
    {
      dims: input.dims,
      judge: (index, given) => {
        const x = input.numbers[index]!;
        const exact = x < -lambd ? x + bias : x > lambd ? x - bias : Number.isNaN(x) ? x : 0;
        return format.type === "float32"
          ? judgeRoundedOnce(format, exact, given)
          : wrongUnlessNear(format, exact, given);
      },
    },
  ];
};

/** An attribute is a float32, which a narrower type may have rounded first. */
function wrongUnlessNear(format: FloatFormat, exact: number, given: Given): Judgement {
  const judgement = judgeRoundedOnce(format, exact, given);
  if (judgement.verdict !== "wrong") return judgement;
  return Math.abs(given.value - exact) <= 4 * stepAt(format, exact)
    ? possible("An attribute may be rounded to the node's type first.")
    : wrong(exact);
}

export const FUNCTIONS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(APPROXIMATED).map(([name, each]) => [name, approximated(name, each)])),
  BiasGelu: biased(gelu, 5, 24),
  FastGelu: biased(tanhGelu, 10, 64),
  Pow: power,
  Shrink: shrink,
};
