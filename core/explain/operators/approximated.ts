import { FLOAT_FORMATS, type FloatFormat, isFloatType, isSubnormal, stepAt } from "../../tensors/float-format.ts";
import type { Elements } from "../../tensors/read-elements.ts";
import { type Limit, limitOf, overshootOf } from "./accuracy.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { APPROXIMATED_FUNCTIONS } from "./functions.ts";
import { type Given, type Judgement, nanNotPropagated, type Operator, possible, special, wrong } from "./judge.ts";
import { FLUSHED, judgeRoundedOnce } from "./rounded-once.ts";
import { broadcastPlace } from "./strides.ts";
import { judgeWithin, outsideOf } from "./within.ts";

export const LIMITS =
  "within the accuracy required of each runtime (CPU, WASM: twice the measured error; WebGPU: WGSL; CUDA: twice the documented error) and within the function's range";

/** Null for integers. */
export function floatFormatOf({ type }: Elements): FloatFormat | null {
  return isFloatType(type) ? FLOAT_FORMATS[type] : null;
}

/** @throws NotAnalysed for integers */
export function formatOf(elements: Elements): FloatFormat {
  const format = floatFormatOf(elements);
  if (format !== null) return format;
  throw new NotAnalysed(`Results of type ${elements.type} are not analysed.`);
}

export const NOTHING_ASKED = "WGSL requires no accuracy for this argument.";
const KNOWN_OVERSHOOT =
  "This result exceeds the function's range by no more than the measured error of ONNX Runtime's kernel.";
export const DOMAIN_LEFT =
  "NaN was expected. WGSL does not define this result, and the runtime's formula returns a number.";

/** The requirements for an approximated function at one argument. */
export interface Held {
  readonly name: string;
  readonly exact: number;
  readonly limit: Limit;
  readonly range: readonly [least: number, most: number];
  /** The exact value if a GPU flushes a subnormal argument to zero; absent for other arguments. */
  readonly flushed?: number;
}

/** Judges a value by the accuracy and range of an approximated function. */
export function judgeApproximated(format: FloatFormat, held: Held, given: Given): Judgement {
  const { name, exact, limit, range, flushed } = held;
  const outside = outsideOf(name, format, range, exact, given.value);
  const judgement = judgeLimited(format, exact, limit, given);
  if (outside !== null) {
    const known = overshootOf(name, format.type, given) * format.unitRoundoff;
    const isKnown = given.value >= range[0] - known && given.value <= range[1] + known;
    return isKnown && judgement.verdict !== "wrong" ? possible(KNOWN_OVERSHOOT) : outside;
  }
  if (judgement.verdict !== "wrong" || given.dialect === "ieee") return judgement;
  if (flushed !== undefined && judgeLimited(format, flushed, limit, given).verdict !== "wrong") return special(FLUSHED);
  // (e^x - e^-x) / 2 overflows before its half does.
  if (Math.abs(exact) > format.largest / 4 && given.value === Math.sign(exact) * Infinity)
    return possible("An intermediate result may overflow.");
  if (limit.plausible?.(given.value) !== true) return judgement;
  return Number.isNaN(exact) ? nanNotPropagated(DOMAIN_LEFT) : possible(NOTHING_ASKED);
}

function judgeLimited(format: FloatFormat, exact: number, { ulps, units, factor = 1 }: Limit, given: Given): Judgement {
  const floor = 2 * format.smallestNormal * Math.max(1, factor);
  // The exact value for float64 comes from JavaScript's own functions, which have errors too.
  const trusted = format.type === "float64" ? ulps + 16 : ulps;
  const error =
    trusted * stepAt(format, Math.min(Math.abs(exact), format.largest)) + units * format.unitRoundoff + floor;
  return judgeWithin(format, { value: exact, error }, given, "APPROXIMATED_FUNCTION");
}

/** @param x the argument, a number of the format */
function heldAt(name: string, format: FloatFormat, x: number, call: Call, given: Given): Held {
  const { exact, range } = APPROXIMATED_FUNCTIONS[name]!;
  return {
    name,
    exact: exact(x, call),
    limit: limitOf(name, x, call, given),
    range: range(call, given.dialect),
    ...(isSubnormal(format, x) ? { flushed: exact(0, call) } : {}),
  };
}

/** @param mayAddBias a second input is added before the function is taken */
function approximated(name: string, mayAddBias = false): Operator {
  return (call) => {
    const [input, bias] = [call.input(0), mayAddBias && call.has(1) ? call.input(1) : null];
    const format = formatOf(input);
    const place = bias && broadcastPlace(bias.dims, input.dims);
    return {
      dims: input.dims,
      bound: { formula: `${call.node.op}: ${LIMITS}`, n: mayAddBias ? 2 : 1 },
      judge: (index, given) => {
        const x = input.numbers[index]!;
        if (bias === null) return judgeApproximated(format, heldAt(name, format, x, call, given), given);
        const sum = x + bias.numbers[place!(index)]!;
        const { limit, ...held } = heldAt(name, format, sum, call, given);
        // A rounding of the sum changes the result by at most 1.2 |sum| u, since the slope of every GELU is below 1.2.
        const units = limit.units + 2 * Math.abs(sum);
        return judgeApproximated(format, { ...held, limit: { ...limit, units } }, given);
      },
    };
  };
}

/** Shrink: x - bias above lambd, x + bias below -lambd, one rounding. */
const shrink: Operator = (call: Call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const [lambd, bias] = [call.real("lambd", 0.5), call.real("bias", 0)];
  return {
    dims: input.dims,
    judge: (index, given) => {
      const x = input.numbers[index]!;
      const exact = x < -lambd ? x + bias : x > lambd ? x - bias : Number.isNaN(x) ? x : 0;
      return format.type === "float32" ? judgeRoundedOnce(format, exact, given) : wrongUnlessNear(format, exact, given);
    },
  };
};

/** An attribute is a float32, which may first be rounded to a narrower type. */
function wrongUnlessNear(format: FloatFormat, exact: number, given: Given): Judgement {
  const judgement = judgeRoundedOnce(format, exact, given);
  if (judgement.verdict !== "wrong") return judgement;
  return Math.abs(given.value - exact) <= 4 * stepAt(format, exact)
    ? possible("An attribute may be rounded to the node's type first.")
    : wrong(exact);
}

export const FUNCTIONS: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.keys(APPROXIMATED_FUNCTIONS).map((name) => [name, approximated(name)])),
  BiasGelu: approximated("Gelu", true),
  FastGelu: approximated("FastGelu", true),
  Shrink: shrink,
};
