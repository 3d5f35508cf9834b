import { fma } from "../fma.ts";
import type { OrderedEvaluation } from "./judge.ts";
import { remembered } from "./remembered.ts";
import { fusedSquare, type Moments, square, statisticsWays, sumInLanes } from "./statistics-ways.ts";

const round = Math.fround;

export interface Groups {
  /** Elements per row, which share statistics. */
  readonly size: number;
  readonly numbers: (index: number) => number;
  readonly scale: (index: number) => number;
  readonly bias: (index: number) => number;
}

type Add = (left: number, right: number, addend: number) => number;

/** A way to scale one element; `add` multiplies two numbers and adds a third, fused or not. */
type Scale = (x: number, mean: number, deviation: number, scale: number, bias: number, add: Add) => number;

const rounded: Add = (left, right, addend) => round(round(left * right) + addend);
const inverse = (deviation: number): number => round(1 / deviation);
const shifted = (x: number, mean: number, slope: number, bias: number, add: Add): number =>
  add(x, slope, round(bias - round(mean * slope)));

const SCALES: readonly (readonly [description: string, scale: Scale, adds: readonly Add[]])[] = [
  [
    "divided by the deviation",
    (x, mean, deviation, scale, bias, add) => add(round(round(x - mean) / deviation), scale, bias),
    [rounded, fma],
  ],
  [
    "times its inverse",
    (x, mean, deviation, scale, bias, add) => add(round(round(x - mean) * inverse(deviation)), scale, bias),
    [rounded, fma],
  ],
  [
    "times scale over deviation",
    (x, mean, deviation, scale, bias, add) => add(round(x - mean), round(scale * inverse(deviation)), bias),
    [rounded, fma],
  ],
  [
    "times scale / deviation",
    (x, mean, deviation, scale, bias, add) => add(round(x - mean), round(scale / deviation), bias),
    [rounded],
  ],
  [
    "scale and shift folded by the inverse",
    (x, mean, deviation, scale, bias, add) => shifted(x, mean, round(scale * inverse(deviation)), bias, add),
    [rounded, fma],
  ],
  [
    "scale and shift folded",
    (x, mean, deviation, scale, bias, add) => shifted(x, mean, round(scale / deviation), bias, add),
    [rounded, fma],
  ],
];
const SCALING_WAYS = SCALES.flatMap(([description, scale, adds]) => adds.map((add) => ({ description, scale, add })));

/** Number of ways to scale, which share a row's statistics. */
export const SCALINGS = SCALING_WAYS.length;

/** (x - mean) / sqrt(variance + epsilon) * scale + bias with given statistics. */
export function scalingOrders(
  statistics: (index: number) => Moments,
  element: (index: number) => { readonly x: number; readonly scale: number; readonly bias: number },
  epsilon: number,
): readonly OrderedEvaluation[] {
  return SCALING_WAYS.map(({ description, scale: scaled, add }) => ({
    description,
    lanes: 1,
    order: description,
    fused: add === fma ? "scaling" : "",
    sums: "float32",
    wide: false,
    evaluate: (index) => {
      const { mean, variance } = statistics(index);
      const { x, scale, bias } = element(index);
      return scaled(x, mean, deviationOf(variance, epsilon), scale, bias, add);
    },
  }));
}

function deviationOf(variance: number, epsilon: number): number {
  return round(Math.sqrt(round(variance + epsilon)));
}

/** Rows of float32 elements normalised by their own statistics. */
export function normalisedOrders(
  { size, numbers, scale, bias }: Groups,
  epsilon: number,
): readonly OrderedEvaluation[] {
  const rowOf = remembered((row) => Array.from({ length: size }, (_, at) => numbers(row * size + at)));
  return [...statisticsWays()].flatMap((way) => {
    const statistics = remembered((row) => way.of(rowOf(row), row * size));
    const rowStatistics = (index: number): Moments => statistics(Math.floor(index / size));
    const element = (index: number) => ({ x: numbers(index), scale: scale(index), bias: bias(index) });
    return scalingOrders(rowStatistics, element, epsilon).map((scaling) => ({
      ...scaling,
      description: `${way.description}; ${scaling.description}`,
      lanes: way.lanes,
      order: `${way.order}; ${scaling.description}`,
      fused: [way.fused ? "squares" : "", scaling.fused].filter((part) => part !== "").join(" and "),
      sums: way.sums,
      wide: way.sums !== "float32",
    }));
  });
}

/** x / sqrt(mean(x^2) + epsilon) * scale, with the squares in lanes. */
export function rootMeanSquareOrders({ size, numbers, scale }: Groups, epsilon: number): readonly OrderedEvaluation[] {
  const rowOf = remembered((row) => Array.from({ length: size }, (_, at) => numbers(row * size + at)));
  return [1, 4, 8, 16, 32, 64, 128, 256].flatMap((lanes) =>
    (lanes === 1 ? [true] : [true, false]).flatMap((inHalves) =>
      [false, true].flatMap((fused) => {
        const add = fused ? fusedSquare : square;
        const roots = remembered((row) =>
          deviationOf(round(sumInLanes(rowOf(row), lanes, add, inHalves) / size), epsilon),
        );
        const at = (index: number): number => roots(Math.floor(index / size));
        const way = (scaling: string, evaluate: OrderedEvaluation["evaluate"]): OrderedEvaluation => {
          const order = `squares in ${lanes} lanes combined ${inHalves ? "in halves" : "in turn"}, ${scaling}`;
          const shared = { lanes, fused: fused ? "squares" : "", sums: "float32", wide: false };
          return { ...shared, description: order, order, evaluate };
        };
        return [
          way("divided by the root", (index) => round(round(numbers(index) / at(index)) * scale(index))),
          way("times its inverse", (index) => round(round(numbers(index) * inverse(at(index))) * scale(index))),
          way("times scale over root", (index) => round(numbers(index) * round(inverse(at(index)) * scale(index)))),
        ];
      }),
    ),
  );
}
