import { roundsUp } from "../../onnx/windows.ts";
import type { FloatFormat } from "../../tensors/float-format.ts";
import { elementsOf } from "../../tensors/tensor-value.ts";
import { isLogarithm } from "./accuracy.ts";
import { DOMAIN_LEFT, formatOf, NOTHING_ASKED } from "./approximated.ts";
import { Arithmetic, eitherOf, type Estimate, exactly } from "./arithmetic.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { nanNotPropagated, type Operator, type OrderedEvaluation, type OutputJudge, possible } from "./judge.ts";
import { type Finish, meanFinishes, sumOrders } from "./orders.ts";
import { reducedAxes } from "./selecting.ts";
import { broadcastDims, broadcastPlace, reducedPlaces } from "./strides.ts";
import { judgeWithin } from "./within.ts";
import { poolWindows } from "./window-places.ts";

export const GAMMA =
  "gamma_n * sum|a| with gamma_n = n u / (1 - n u), for any order of the additions (Higham, Accuracy and Stability of Numerical Algorithms, sect. 4.2)";
const HANDED_ON = "; operations before and after the sum by running error analysis (sect. 3.3)";

interface TermsOf {
  readonly dims: readonly number[] | null;
  readonly format: FloatFormat;
  readonly terms: (index: number) => readonly number[];
  readonly most: number;
}

type Formula = (arithmetic: Arithmetic, terms: readonly number[], index: number) => Estimate;

/** Judges sums by their error bound. Approximated functions in the formula explain differences within it. */
function bySum(
  { dims, format, terms, most }: TermsOf,
  formula: Formula,
  orders: readonly OrderedEvaluation[] = [],
  approximates = false,
): OutputJudge {
  return {
    dims,
    bound: { formula: GAMMA + HANDED_ON, n: most },
    orders,
    orderCost: most,
    judge: (index, given) => {
      const estimate = formula(new Arithmetic(format, given.dialect), terms(index), index);
      return judgeWithin(format, estimate, given, approximates ? "APPROXIMATED_FUNCTION" : null);
    },
  };
}

const sumOf: Formula = (arithmetic, terms) => arithmetic.sum(terms.map(exactly));
const squared = (number: number): number => number * number;
const sumOfSizes: Formula = (arithmetic, terms) => arithmetic.sum(terms.map((each) => exactly(Math.abs(each))));
const sumOfSquares: Formula = (arithmetic, terms) =>
  arithmetic.sum(terms.map((each) => arithmetic.times(exactly(each), exactly(each))));

/** A quotient, or a product with 1/n, whose rounding counts too. */
export function meanOfSum(arithmetic: Arithmetic, sum: Estimate, n: Estimate): Estimate {
  return eitherOf(arithmetic.over(sum, n), arithmetic.times(sum, arithmetic.over(exactly(1), n)));
}

const meanOf: Formula = (arithmetic, terms) =>
  meanOfSum(arithmetic, arithmetic.sum(terms.map(exactly)), exactly(terms.length));

/** log(sum e^x), with the largest x subtracted first, or without if no e^x can overflow. */
const logSumExp: Formula = (arithmetic, terms) => {
  const most = exactly(terms.reduce((largest, each) => Math.max(largest, each), -Infinity));
  // The result is infinite without subtracting the largest, NaN with it.
  if (Math.abs(most.value) === Infinity) return { value: most.value, error: Infinity };
  const powers = terms.map((each) => arithmetic.expBelow(each, most.value));
  const shifted = arithmetic.plus(arithmetic.log(arithmetic.sum(powers)), most);
  const plain = arithmetic.log(arithmetic.sum(terms.map((each) => arithmetic.exp(exactly(each)))));
  return eitherOf(shifted, plain);
};

const product: Formula = (arithmetic, terms) => {
  const all = terms.reduce((total, each) => total * each, 1);
  const reach = terms.reduce((total, each) => total + Math.abs(Math.log2(Math.abs(each))), 0);
  // Some order may overflow or underflow on the way.
  if (!(reach < -Math.log2(arithmetic.format.smallestNormal))) return { value: all, error: Infinity };
  return arithmetic.settle(all, 0, terms.length);
};

interface Reduced extends TermsOf {
  /** Position of an index's first term in the input. */
  readonly start: (index: number) => number;
}

function reducedTerms(call: Call): Reduced {
  const input = call.input(0);
  const axes = reducedAxes(call, call.node.op === "ReduceSum" ? 13 : 18);
  const placesAt = reducedPlaces(input.dims, axes);
  return {
    dims: null,
    format: formatOf(input),
    terms: (index) => placesAt(index).map((place) => input.numbers[place]!),
    most: [...axes].reduce((n, axis) => n * input.dims[axis]!, 1),
    start: (index) => placesAt(index)[0] ?? 0,
  };
}

/** A reduction: the function of each term that is summed, and what is applied to the sum. */
interface Reduction {
  readonly formula: Formula;
  readonly term?: (number: number) => number;
  readonly finishes?: (reduced: Reduced) => readonly Finish[];
}

function reducing({ formula, term = (number) => number, finishes }: Reduction): Operator {
  return (call) => {
    const reduced = reducedTerms(call);
    const terms = (index: number): readonly number[] => reduced.terms(index).map(term);
    return bySum(reduced, formula, sumOrders(reduced.format, terms, finishes?.(reduced), reduced.start));
  };
}

/** Reductions through a logarithm or a product, for which no order is searched. */
function reducingOnly(formula: Formula, approximates: boolean): (call: Call) => OutputJudge {
  return (call) => bySum(reducedTerms(call), formula, [], approximates);
}

/**
 * WGSL does not define the logarithm of a negative sum or NaN, where shaders use its magnitude or its bits, or of a sum
 * that may be flushed to zero.
 */
const logSum: Operator = (call) => {
  const reduced = reducingOnly((arithmetic, terms) => arithmetic.log(sumOf(arithmetic, terms, 0)), true)(call);
  return {
    ...reduced,
    judge: (index, given) => {
      const judgement = reduced.judge(index, given);
      if (given.dialect !== "shader" || judgement.verdict !== "wrong") return judgement;
      const { exact } = judgement;
      if (Number.isNaN(exact)) return isLogarithm(given.value) ? nanNotPropagated(DOMAIN_LEFT) : judgement;
      return exact <= -87 && given.value <= -87 ? possible(NOTHING_ASKED) : judgement;
    },
  };
};

/** Inputs added element by element, in any order. */
function several(formula: Formula): Operator {
  return (call) => {
    const inputs = call.given();
    const dims = broadcastDims(inputs.map((input) => input.dims));
    const places = inputs.map((input) => broadcastPlace(input.dims, dims));
    const format = formatOf(call.input(0));
    const terms = (index: number): readonly number[] => inputs.map(({ numbers }, at) => numbers[places[at]!(index)]!);
    const finishes = formula === meanOf ? meanFinishes(format, () => inputs.length) : undefined;
    return bySum({ dims, format, terms, most: inputs.length }, formula, sumOrders(format, terms, finishes));
  };
}

/** The terms of a pool's windows, and the windows. */
function pooledTerms(call: Call): TermsOf & ReturnType<typeof poolWindows> {
  const input = call.input(0);
  const windows = poolWindows(call, input);
  return {
    ...windows,
    format: formatOf(input),
    terms: (index) => windows.meetingAt(index).places.map((place) => input.numbers[place]!),
    most: elementsOf(call.ints("kernel_shape") ?? input.dims.slice(2)),
  };
}

const averagePool: Operator = (call) => {
  const pooled = pooledTerms(call);
  const { format, terms, meetingAt } = pooled;
  const counted = call.int("count_include_pad", 0) === 1;
  if (counted && roundsUp(call)) throw new NotAnalysed("Runtimes count the padding of ceil_mode differently.");
  const size = (index: number): number => (counted ? meetingAt(index).padded : meetingAt(index).places.length);
  const formula: Formula = (arithmetic, numbers, index) =>
    meanOfSum(arithmetic, sumOf(arithmetic, numbers, index), exactly(size(index)));
  return bySum(pooled, formula, sumOrders(format, terms, meanFinishes(format, size)));
};

const lpPool: Operator = (call) => bySum(pooledTerms(call), normOf(call.int("p", 2)), [], true);

export function normOf(p: number): Formula {
  if (p === 1) return sumOfSizes;
  if (p !== 2) throw new NotAnalysed(`The norm with p = ${p} is not analysed.`);
  return (arithmetic, terms) => arithmetic.root(sumOfSquares(arithmetic, terms, 0));
}

const cumulative: Operator = (call) => {
  const input = call.input(0);
  const format = formatOf(input);
  const axis = call.axis(call.integers(1)[0]!, input.dims.length);
  const inner = elementsOf(input.dims.slice(axis + 1));
  const [exclusive, backwards] = [call.int("exclusive", 0) === 1, call.int("reverse", 0) === 1];
  const size = input.dims[axis]!;
  const terms = (index: number): readonly number[] => {
    const along = Math.floor(index / inner) % size;
    const start = index - along * inner;
    const line = Array.from({ length: size }, (_, at) => input.numbers[start + at * inner]!);
    if (backwards) return line.slice(along + (exclusive ? 1 : 0));
    return line.slice(0, along + (exclusive ? 0 : 1));
  };
  return bySum({ dims: input.dims, format, terms, most: size }, sumOf, sumOrders(format, terms));
};

export const REDUCTIONS: Readonly<Record<string, Operator>> = {
  AveragePool: averagePool,
  CumSum: cumulative,
  GlobalAveragePool: averagePool,
  GlobalLpPool: lpPool,
  LpPool: lpPool,
  Mean: several(meanOf),
  ReduceL1: reducing({ formula: sumOfSizes, term: Math.abs }),
  ReduceL2: reducing({
    formula: normOf(2),
    term: squared,
    finishes: () => [{ description: ", square root", apply: Math.sqrt }],
  }),
  ReduceLogSum: logSum,
  ReduceLogSumExp: reducingOnly(logSumExp, true),
  ReduceMean: reducing({ formula: meanOf, finishes: ({ format, most }) => meanFinishes(format, () => most) }),
  ReduceProd: reducingOnly(product, false),
  ReduceSum: reducing({ formula: sumOf }),
  ReduceSumSquare: reducing({ formula: sumOfSquares, term: squared }),
  Sum: several(sumOf),
};
