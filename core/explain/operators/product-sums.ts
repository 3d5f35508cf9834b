import { elementsOf } from "../../tensors/tensor-value.ts";
import type { FloatFormat } from "../../tensors/float-format.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic } from "./arithmetic.ts";
import { type Call, NotAnalysed } from "../call.ts";
import type { Operator, OutputJudge } from "./judge.ts";
import { GAMMA } from "./reductions.ts";
import { allCoordinates, coordinatesOf, placeOf, stridesOf } from "./strides.ts";
import { judgeWithin } from "./within.ts";
import { autoPadOf, extentOf, padsAlong, windowOf } from "../../onnx/windows.ts";

/*
 * Sums of products that are only checked against their bound; no order is searched. With TF32, each factor may first be
 * rounded to 11 bits.
 */

const FORMULA = `${GAMMA}, with one rounding per product`;
const TF32_ROUNDOFF = 2 ** -11;

/** Calls `add` with each term, a product of factors. */
type EachTerm = (index: number, add: (term: number) => void) => void;

/** @param factors number of factors per term, one more than its roundings */
function judgedTerms(format: FloatFormat, factors: number, eachTerm: EachTerm): OutputJudge["judge"] {
  return (index, given) => {
    let [value, size, terms] = [0, 0, 0];
    eachTerm(index, (term) => {
      value += term;
      size += Math.abs(term);
      terms++;
    });
    const { error } = new Arithmetic(format, given.dialect).products(terms, factors, size);
    const rounded = given.tf32 ? size * Math.expm1(factors * Math.log1p(TF32_ROUNDOFF)) : 0;
    return judgeWithin(format, { value, error: error + rounded }, given, null);
  };
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

function equationOf(call: Call): Equation {
  const text = call.text("equation", "").replaceAll(/\s/g, "");
  if (!/^[A-Za-z,]+(->[A-Za-z]*)?$/.test(text))
    throw new NotAnalysed(`The equation "${text}" of Einsum is not analysed.`);
  const [left = "", right] = text.split("->");
  const once = [...left.replaceAll(",", "")].filter(
    (letter, _, all) => all.filter((each) => each === letter).length === 1,
  );
  return { inputs: left.split(","), output: right ?? once.toSorted().join("") };
}

const einsum: Operator = (call) => {
  const { inputs, output } = equationOf(call);
  const operands = call.given();
  const format = formatOf(call.input(0));
  const sizes = new Map(
    inputs.flatMap((letters, at) => [...letters].map((letter, axis) => [letter, operands[at]!.dims[axis]!] as const)),
  );
  const summed = [...sizes.keys()].filter((letter) => !output.includes(letter));
  const letters = [...output, ...summed];
  const dims = [...output].map((letter) => sizes.get(letter)!);
  const inner = summed.map((letter) => sizes.get(letter)!);
  const length = elementsOf(inner);
  // A letter that occurs twice in an operand moves along both axes.
  const strides = inputs.map((own, at) => {
    const all = stridesOf(operands[at]!.dims);
    return letters.map((letter) =>
      [...own].reduce((total, each, axis) => total + (each === letter ? all[axis]! : 0), 0),
    );
  });
  const innerStrides = strides.map((all) => all.slice(output.length));
  const eachTerm: EachTerm = (index, add) => {
    const kept = coordinatesOf(index, dims);
    const bases = strides.map((all) => placeOf(kept, all));
    for (let at = 0; at < length; at++) {
      const place = coordinatesOf(at, inner);
      add(
        operands.reduce(
          (term, { numbers }, each) => term * numbers[bases[each]! + placeOf(place, innerStrides[each]!)]!,
          1,
        ),
      );
    }
  };
  return { dims, bound: { formula: FORMULA, n: length }, judge: judgedTerms(format, operands.length, eachTerm) };
};

const convTranspose: Operator = (call) => {
  const [input, weights] = [call.input(0), call.input(1)];
  const bias = call.has(2) ? call.input(2) : null;
  const format = formatOf(input);
  if (call.ints("output_shape") || autoPadOf(call) !== "NOTSET")
    throw new NotAnalysed("A ConvTranspose whose pads are derived from its output is not analysed.");
  const spatial = input.dims.slice(2);
  const kernel = weights.dims.slice(2);
  const axes = windowOf(call, kernel);
  const strides = axes.map(({ stride }) => stride);
  const pads = axes.map((axis, at) => padsAlong(axis, spatial[at]!));
  const extra = call.ints("output_padding") ?? kernel.map(() => 0);
  const group = call.int("group", 1);
  const [images = 1, channels = 1] = input.dims;
  const perGroup = weights.dims[1]!;
  const out = spatial.map(
    (size, axis) =>
      (size - 1) * strides[axis]! + extra[axis]! + extentOf(axes[axis]!) - pads[axis]![0] - pads[axis]![1],
  );
  const dims = [images, perGroup * group, ...out];
  const taps = allCoordinates(kernel);
  const inner = stridesOf(input.dims);
  const outer = stridesOf(weights.dims);
  const share = channels / group;
  const winograd = strides.every((stride) => stride === 1) && kernel.every((size) => size >= 3);
  const [plane, depthStride] = [inner[1]!, outer[0]!];
  const eachTerm: EachTerm = (index, add) => {
    const [image = 0, channel = 0, ...place] = coordinatesOf(index, dims);
    const first = Math.floor(channel / perGroup) * share;
    for (const tap of taps) {
      const from = tap.map(
        (along, axis) => (place[axis]! + pads[axis]![0] - along * axes[axis]!.dilation) / strides[axis]!,
      );
      if (!from.every((along, axis) => Number.isInteger(along) && along >= 0 && along < spatial[axis]!)) continue;
      const x = placeOf([image, first, ...from], inner);
      const w = placeOf([first, channel % perGroup, ...tap], outer);
      for (let at = 0; at < share; at++) add(input.numbers[x + at * plane]! * weights.numbers[w + at * depthStride]!);
    }
    if (bias !== null) add(bias.numbers[channel]!);
  };
  const judge = judgedTerms(format, 2, eachTerm);
  return {
    dims,
    bound: { formula: FORMULA, n: share * taps.length + 1 },
    judge: (index, given) => {
      if (winograd && given.dialect !== "ieee")
        throw new NotAnalysed("Winograd may have been used, which has a different bound.");
      return judge(index, given);
    },
  };
};

export const PRODUCT_SUMS: Readonly<Record<string, Operator>> = { ConvTranspose: convTranspose, Einsum: einsum };
