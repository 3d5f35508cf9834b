import { FLOAT_FORMATS, type FloatFormat, roundTo } from "../../tensors/float-format.ts";
import type { OrderedEvaluation } from "./judge.ts";
import { remembered } from "./remembered.ts";
import { workgroupSum, WORKGROUPS } from "./workgroup-sum.ts";

/** Adds terms up in one order, rounding every sum to the format. */
type Fold = (terms: readonly number[], round: (number: number) => number, start?: number) => number;

interface Order {
  readonly description: string;
  readonly lanes: number;
  readonly fold: Fold;
}

const inSequence: Fold = (terms, round) => {
  let total = terms[0] ?? 0;
  for (let at = 1; at < terms.length; at++) total = round(total + terms[at]!);
  return total;
};

/** Adds the upper half to the lower until one term is left, as SIMD registers and workgroups do. */
export const addHalves: Fold = (terms, round) => {
  let rest = [...terms];
  while (rest.length > 1) {
    const half = Math.ceil(rest.length / 2);
    rest = rest.slice(0, half).map((term, at) => (at + half < rest.length ? round(term + rest[at + half]!) : term));
  }
  return rest[0] ?? 0;
};

const inPairs: Fold = (terms, round) => {
  let rest = [...terms];
  while (rest.length > 1) {
    rest = Array.from({ length: Math.ceil(rest.length / 2) }, (_, at) =>
      2 * at + 1 < rest.length ? round(rest[2 * at]! + rest[2 * at + 1]!) : rest[2 * at]!,
    );
  }
  return rest[0] ?? 0;
};

/** Every `lanes`-th term belongs to one partial sum. The remainder is added at the end, or to its lanes. */
function inLanes(lanes: number, join: Fold, tailInLanes: boolean): Fold {
  return (terms, round) => {
    const whole = terms.length - (terms.length % lanes);
    const end = tailInLanes ? terms.length : whole;
    if (end === 0 || lanes > terms.length) return tailInLanes ? join(terms, round) : inSequence(terms, round);
    const partial = terms.slice(0, Math.min(lanes, end));
    for (let at = lanes; at < end; at++) partial[at % lanes] = round(partial[at % lanes]! + terms[at]!);
    let total = join(partial, round);
    for (let at = end; at < terms.length; at++) total = round(total + terms[at]!);
    return total;
  };
}

/**
 * Eigen's reduction on x64: from the first aligned address, two registers of 4 lanes alternately, then combined; then
 * the terms before that address, then the remainder.
 * @param start position of the first term in memory, in elements from an aligned address
 */
export function eigenSum(terms: readonly number[], round: (number: number) => number, start = 0): number {
  const head = Math.min((4 - (start % 4)) % 4, terms.length);
  const body = terms.slice(head);
  const whole = body.length - (body.length % 4);
  const twice = body.length - (body.length % 8);
  if (whole === 0) return inSequence(terms, round);
  let lanes = body.slice(0, 4);
  if (twice > 0) {
    const partial = body.slice(0, 8);
    for (let at = 8; at < twice; at++) partial[at % 8] = round(partial[at % 8]! + body[at]!);
    lanes = partial.slice(0, 4).map((term, lane) => round(term + partial[lane + 4]!));
    if (whole > twice) lanes = lanes.map((term, lane) => round(term + body[twice + lane]!));
  }
  const rest = [...terms.slice(0, head), ...body.slice(whole)];
  return rest.reduce((total, term) => round(total + term), addHalves(lanes, round));
}

/** Blocks of 4, then of 2 and 1, each summed separately and added to the total (a matrix product with ones). */
const inFours: Fold = (terms, round) => {
  let total: number | null = null;
  for (let at = 0; at < terms.length;) {
    const left = terms.length - at;
    const size = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const block = inSequence(terms.slice(at, at + size), round);
    total = total === null ? block : round(total + block);
    at += size;
  }
  return total ?? 0;
};

function* orders(): Generator<Order> {
  yield { description: "sequential", lanes: 1, fold: inSequence };
  yield {
    description: "sequential, last to first",
    lanes: 1,
    fold: (terms, round) => inSequence(terms.toReversed(), round),
  };
  yield { description: "sequential blocks of 4", lanes: 1, fold: inFours };
  yield { description: "pairwise", lanes: 1, fold: inPairs };
  yield { description: "halved until one is left", lanes: 1, fold: addHalves };
  for (const lanes of [2, 4, 8, 16, 32, 64, 128, 256]) {
    for (const [joined, join] of [
      ["in halves", addHalves],
      ["in pairs", inPairs],
      ["in turn", inSequence],
    ] as const) {
      for (const tail of [false, true]) {
        const rest = tail ? "remainder in its lanes" : "remainder at the end";
        yield {
          description: `${lanes} partial sums combined ${joined}, ${rest}`,
          lanes,
          fold: inLanes(lanes, join, tail),
        };
      }
    }
  }
  for (const { description, threads, contiguous } of WORKGROUPS)
    yield { description, lanes: 4 * threads, fold: (terms, round) => workgroupSum(terms, round, threads, contiguous) };
  yield { description: "2 times 4 partial sums from an aligned address, combined in halves", lanes: 8, fold: eigenSum };
}

const ORDERS: readonly Order[] = [...orders()];

/**
 * Evaluations of sums in the orders of CPUs and shaders, and in double precision.
 * @param terms of the sum at an index of the output, before rounding
 * @param finishes from the sum to the element, each a separate way, e.g. dividing by n or multiplying by 1/n
 * @param start where the terms of an index begin in memory, if they are contiguous
 */
export function sumOrders(
  format: FloatFormat,
  terms: (index: number) => readonly number[],
  finishes: readonly Finish[] = [{ description: "", apply: (sum) => sum }],
  start: (index: number) => number = () => 0,
): readonly OrderedEvaluation[] {
  const exact = remembered(terms);
  const ways = ADDED_UP_IN[format.type].flatMap((type) => {
    const width = FLOAT_FORMATS[type];
    const known = remembered((index) => exact(index).map((term) => roundTo(width, term)));
    return finishes.flatMap((finish) => ORDERS.map((order) => evaluation(format, width, order, finish, known, start)));
  });
  // One order is enough for double precision, because nearly all give the same result after rounding.
  const inDoubles = finishes.map((finish) =>
    evaluation(format, FLOAT_FORMATS.float64, ORDERS[0]!, finish, exact, start),
  );
  return format.type === "float64" ? ways : [...ways, ...inDoubles];
}

/** The types in which sums of each type are added up. */
const ADDED_UP_IN = Object.freeze({
  float64: ["float64"],
  float32: ["float32"],
  float16: ["float32", "float16"],
  bfloat16: ["float32", "bfloat16"],
} as const);

function evaluation(
  format: FloatFormat,
  width: FloatFormat,
  order: Order,
  finish: Finish,
  terms: (index: number) => readonly number[],
  start: (index: number) => number,
): OrderedEvaluation {
  const round = width.type === "float32" ? Math.fround : (number: number): number => roundTo(width, number);
  const wide = width !== format;
  const words = `${order.description}${finish.description}`;
  return {
    description: wide ? `${words}, in ${width.type}` : words,
    lanes: order.lanes,
    order: width.type === "float64" && wide ? null : words,
    fused: "",
    sums: width.type,
    wide,
    evaluate: (index) => roundTo(format, round(finish.apply(order.fold(terms(index), round, start(index)), index))),
  };
}

export interface Finish {
  /** Appended to the order's description, e.g. ", divided by n". */
  readonly description: string;
  readonly apply: (sum: number, index: number) => number;
}

/** The ways to get a mean: the sum divided by n or multiplied by 1/n. */
export function meanFinishes(format: FloatFormat, n: (index: number) => number): readonly Finish[] {
  return [
    { description: ", divided by the count", apply: (sum, index) => sum / n(index) },
    { description: ", times the inverse of the count", apply: (sum, index) => sum * roundTo(format, 1 / n(index)) },
  ];
}
