import { elementsOf, type ElementType } from "../../tensors/tensor-value.ts";
import { FLOAT_FORMATS } from "../../tensors/float-format.ts";
import { formatOf } from "./approximated.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type IntegerDots, matrixDots, windowDots, zeroOf } from "./integer-dots.ts";
import { type Given, type Judgement, type Operator, possible, RIGHT, wrong } from "./judge.ts";
import { judgeRoundedOnce } from "./rounded-once.ts";
import { orSaturated } from "./saturation.ts";
import { broadcastDims, broadcastPlace } from "./strides.ts";

/*
 * Integer results are exact, with two known exceptions: x64 kernels without VNNI, which clamp the sum of two products
 * to int16, and the float32 scaling of a sum to 8 bits, whose roundings decide near a tie.
 */

const AT_A_TIE =
  "The scaled sum is so close to halfway between two integers that rounding of the float32 scale decides.";

/** Relative error of acc * (a * b / c) in float32: five roundings, with a factor of two as margin. */
const SCALE_ERROR = 2 ** -20;
/** Relative error of x / scale in float32, including a GPU's division. */
const QUOTIENT_ERROR = 2 ** -21;

const RANGES: Readonly<Partial<Record<ElementType, readonly [number, number]>>> = Object.freeze({
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
});

/** To the nearest integer, ties to even, and clamped to the type. */
function quantised(real: number, zero: number, type: ElementType): number {
  const range = RANGES[type];
  if (range === undefined) throw new NotAnalysed(`Quantising to ${type} is not analysed.`);
  const below = Math.floor(real);
  const rest = real - below;
  const nearest = rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return Math.min(Math.max(nearest + zero, range[0]), range[1]);
}

/** @param error of the float32 arithmetic */
function judgeQuantised(real: number, zero: number, type: ElementType, { value }: Given, error: number): Judgement {
  if (Number.isNaN(real)) return possible("The quantised value of a NaN is not defined.");
  const expected = quantised(real, zero, type);
  if (value === expected) return RIGHT;
  const near = value === quantised(real - error, zero, type) || value === quantised(real + error, zero, type);
  return near ? possible(AT_A_TIE) : wrong(expected);
}

function sums(dotsOf: (call: Call) => IntegerDots): Operator {
  return (call) => {
    const dots = dotsOf(call);
    return { dims: dots.dims, judge: orSaturated(dots, (_, sum, { value }) => (value === sum ? RIGHT : wrong(sum))) };
  };
}

interface Scaling {
  /** The real factor from the int32 sum to steps of the output. */
  readonly factor: (channel: number) => number;
  readonly bias: (channel: number) => number;
  readonly zero: number;
  readonly type: ElementType;
}

function scaledSums(dotsOf: (call: Call) => IntegerDots, scaling: (call: Call) => Scaling): Operator {
  return (call) => {
    const dots = dotsOf(call);
    const { factor, bias, zero, type } = scaling(call);
    return {
      dims: dots.dims,
      judge: orSaturated(dots, (index, sum, given) => {
        const channel = dots.channelAt(index);
        const real = (sum + bias(channel)) * factor(channel);
        return judgeQuantised(real, zero, type, given, Math.abs(real) * SCALE_ERROR);
      }),
    };
  };
}

/** Inputs a, a's scale and zero point, b, …, the output's: the order of QLinearMatMul, QLinearConv and QGemm. */
function scalingOf(call: Call, outputScale: number, biasAt: number | null, alpha = 1): Scaling {
  const [a, b, c] = [call.input(1), call.input(4), call.input(outputScale)].map(({ numbers }) => numbers);
  const zero = call.inputs[outputScale + 1] ?? null;
  const bias = biasAt === null ? null : (call.inputs[biasAt] ?? null);
  if (a!.length !== 1) throw new NotAnalysed("One scale per row is not analysed.");
  return {
    factor: (channel) => (alpha * a![0]! * b![b!.length === 1 ? 0 : channel]!) / c![0]!,
    bias: (channel) => (bias === null ? 0 : bias.numbers[bias.length === 1 ? 0 : channel]!),
    zero: zeroOf(zero, 0),
    type: zero?.type ?? call.input(0).type,
  };
}

const QLINEAR = Object.freeze({ left: 0, leftZero: 2, right: 3, rightZero: 5 });
const INTEGER = Object.freeze({ left: 0, leftZero: 2, right: 1, rightZero: 3 });

/** Input, scales and zero points of a QuantizeLinear or DequantizeLinear: one for all, or one per place along the axis. */
function affineOf(call: Call) {
  const [input, scale, zero] = [call.input(0), call.input(1), call.inputs[2] ?? null];
  const axis = scale.length === 1 ? 0 : call.axis(call.int("axis", 1), input.dims.length);
  if (scale.length !== 1 && scale.length !== input.dims[axis])
    throw new NotAnalysed("One scale per block is not analysed.");
  const inner = elementsOf(input.dims.slice(axis + 1));
  const place = (index: number): number => Math.floor(index / inner) % scale.length;
  return {
    input,
    scale,
    zero,
    scaleAt: (index: number): number => scale.numbers[place(index)]!,
    zeroAt: (index: number): number => zeroOf(zero, place(index)),
  };
}

const quantise: Operator = (call) => {
  const { input, zero, scaleAt, zeroAt } = affineOf(call);
  formatOf(input);
  return {
    dims: input.dims,
    judge: (index, given) => {
      const real = input.numbers[index]! / scaleAt(index);
      return judgeQuantised(real, zeroAt(index), zero?.type ?? "uint8", given, Math.abs(real) * QUOTIENT_ERROR);
    },
  };
};

const dequantise: Operator = (call) => {
  const { input, scale, scaleAt, zeroAt } = affineOf(call);
  const format = formatOf(scale);
  return {
    dims: input.dims,
    judge: (index, given) => judgeRoundedOnce(format, (input.numbers[index]! - zeroAt(index)) * scaleAt(index), given),
  };
};

/** DynamicQuantizeLinear derives scale and zero point from the smallest and largest element, in float32. */
const dynamic: Operator = (call) => {
  const { numbers, dims } = call.input(0);
  const least = numbers.reduce((each, next) => Math.min(each, next), 0);
  const most = numbers.reduce((each, next) => Math.max(each, next), 0);
  const scale = Math.fround(Math.fround(most - least) / 255);
  if (!(scale > 0)) throw new NotAnalysed("The scale of an all-zero tensor is not defined.");
  const zero = quantised(Math.fround(-least / scale), 0, "uint8");
  return [
    {
      dims,
      judge: (index, given) => {
        const real = numbers[index]! / scale;
        return judgeQuantised(real, zero, "uint8", given, Math.abs(real) * QUOTIENT_ERROR);
      },
    },
    { dims: [], judge: (_, given) => judgeRoundedOnce(FLOAT_FORMATS.float32, scale, given) },
    { dims: [], judge: (_, given) => judgeQuantised(-least / scale, 0, "uint8", given, 256 * QUOTIENT_ERROR) },
  ];
};

/** Two quantised tensors combined as real numbers and quantised again (ONNX Runtime's own operators). */
function quantisedPairs(combine: (left: number, right: number) => number): Operator {
  return (call) => {
    const [left, right] = [call.input(0), call.input(3)];
    const [leftScale, rightScale, scale] = [1, 4, 6].map((at) => call.input(at).numbers[0]!);
    const [leftZero, rightZero, zero] = [2, 5, 7].map((at) => zeroOf(call.inputs[at] ?? null, 0));
    const dims = broadcastDims([left.dims, right.dims]);
    const [ofLeft, ofRight] = [left, right].map((input) => broadcastPlace(input.dims, dims));
    return {
      dims,
      judge: (index, given) => {
        const a = (left.numbers[ofLeft!(index)]! - leftZero!) * leftScale!;
        const b = (right.numbers[ofRight!(index)]! - rightZero!) * rightScale!;
        // A sum may cancel, so its error depends on the size of the addends.
        const size = combine(Math.abs(a), Math.abs(b)) / scale!;
        return judgeQuantised(combine(a, b) / scale!, zero!, left.type, given, size * SCALE_ERROR);
      },
    };
  };
}

export const EIGHT_BITS: Readonly<Record<string, Operator>> = {
  ConvInteger: sums((call) => windowDots(call, INTEGER)),
  DequantizeLinear: dequantise,
  DynamicQuantizeLinear: dynamic,
  MatMulInteger: sums((call) => matrixDots(call, INTEGER)),
  QGemm: scaledSums(
    (call) => matrixDots(call, QLINEAR, { a: call.int("transA", 0) === 1, b: call.int("transB", 0) === 1 }),
    (call) => {
      if (!call.has(7)) throw new NotAnalysed("A QGemm with a float output is not analysed.");
      return scalingOf(call, 7, 6, call.real("alpha", 1));
    },
  ),
  QLinearAdd: quantisedPairs((left, right) => left + right),
  QLinearConv: scaledSums(
    (call) => windowDots(call, QLINEAR),
    (call) => scalingOf(call, 6, 8),
  ),
  QLinearMatMul: scaledSums(
    (call) => matrixDots(call, QLINEAR),
    (call) => scalingOf(call, 6, null),
  ),
  QLinearMul: quantisedPairs((left, right) => left * right),
  QuantizeLinear: quantise,
};
