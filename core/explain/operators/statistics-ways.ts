import { fma } from "../fma.ts";
import { addHalves, eigenSum } from "./orders.ts";
import { workgroupSum, WORKGROUPS } from "./workgroup-sum.ts";

/*
 * The float32 evaluations of means and variances observed in runtimes. ONNX Runtime 1.30 uses Welford's recurrence
 * (portable code, so in WebAssembly), a mean in double precision and fused squares in eight lanes (AVX2), or moments in
 * several lanes (shaders).
 */

const round = Math.fround;

export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

export interface StatisticsWay {
  readonly description: string;
  /** The description without the rounding of squares and the type of the mean's sum. */
  readonly order: string;
  readonly lanes: number;
  /** Squares are not rounded before they are added. */
  readonly fused: boolean;
  /** The widest type of the sums. */
  readonly sums: "float32" | "float64 mean" | "float64";
  readonly of: (numbers: readonly number[], start: number) => Moments;
}

type Accumulate = (total: number, number: number) => number;

/** Every `lanes`-th number belongs to one partial sum. These are combined, then the remainder is added. */
export function sumInLanes(numbers: readonly number[], lanes: number, add: Accumulate, inHalves: boolean): number {
  const whole = numbers.length - (numbers.length % lanes);
  const partial = Array.from({ length: lanes }, () => 0);
  for (let at = 0; at < whole; at++) partial[at % lanes] = add(partial[at % lanes]!, numbers[at]!);
  let total = inHalves ? addHalves(partial, round) : partial.reduce((sum, each) => round(sum + each), 0);
  for (let at = whole; at < numbers.length; at++) total = add(total, numbers[at]!);
  return total;
}

const plain: Accumulate = (total, number) => round(total + number);
export const square: Accumulate = (total, number) => round(total + round(number * number));
export const fusedSquare: Accumulate = (total, number) => fma(number, number, total);

/** Welford's recurrence: updates the mean and the squared differences number by number. */
function welford(numbers: readonly number[]): Moments {
  let [mean, squares] = [0, 0];
  for (const [at, number] of numbers.entries()) {
    const before = round(number - mean);
    mean = round(mean + round(before / (at + 1)));
    squares = round(squares + round(before * round(number - mean)));
  }
  return { mean, variance: round(squares / numbers.length) };
}

const squared = (number: number): number => round(number * number);

/** The variance as the mean of squares minus the square of the mean. */
function byMoments(numbers: readonly number[], sum: (numbers: readonly number[]) => number): Moments {
  const mean = round(sum(numbers) / numbers.length);
  const squares = round(sum(numbers.map(squared)) / numbers.length);
  return { mean, variance: round(squares - round(mean * mean)) };
}

function doubleMean(numbers: readonly number[]): number {
  return round(numbers.reduce((total, number) => total + number, 0) / numbers.length);
}

type PlainWay = Pick<StatisticsWay, "description" | "lanes" | "of">;

export function* statisticsWays(): Generator<StatisticsWay> {
  for (const way of plainWays()) yield { ...way, order: way.description, fused: false, sums: "float32" };
  yield* waysInLanes();
  yield {
    description: "mean and squares of differences in double precision",
    order: "mean and squares of differences sequentially",
    lanes: 1,
    fused: true,
    sums: "float64",
    of: inDoubles,
  };
}

function inDoubles(numbers: readonly number[]): Moments {
  const mean = numbers.reduce((total, number) => total + number, 0) / numbers.length;
  const squares = numbers.reduce((total, number) => total + (number - mean) ** 2, 0);
  return { mean: round(mean), variance: round(squares / numbers.length) };
}

function* plainWays(): Generator<PlainWay> {
  yield { description: "Welford's recurrence", lanes: 1, of: welford };
  yield {
    description: "mean and squares of differences in 2 times 4 lanes from an aligned address",
    lanes: 8,
    of: (numbers, start) => {
      const mean = round(eigenSum(numbers, round, start) / numbers.length);
      return centred(numbers, mean, (all) => eigenSum(all.map(squared), round, start));
    },
  };
  yield {
    description:
      "mean in 2 times 4 lanes from an aligned address, squares of differences in 2 times 4 lanes from the first",
    lanes: 8,
    of: (numbers, start) => {
      const mean = round(eigenSum(numbers, round, start) / numbers.length);
      return centred(numbers, mean, (all) => eigenSum(all.map(squared), round));
    },
  };
  yield {
    description: "mean and squares in 2 times 4 lanes from an aligned address",
    lanes: 8,
    of: (numbers, start) => byMoments(numbers, (all) => eigenSum(all, round, start)),
  };
  for (const { description, threads, contiguous } of WORKGROUPS) {
    const sum = (numbers: readonly number[]): number => workgroupSum(numbers, round, threads, contiguous);
    yield {
      description: `mean and squares in ${description}`,
      lanes: 4 * threads,
      of: (numbers) => byMoments(numbers, sum),
    };
    yield {
      description: `mean and squares of differences in ${description}`,
      lanes: 4 * threads,
      of: (numbers) => {
        const mean = round(sum(numbers) / numbers.length);
        return centred(numbers, mean, (all) => sum(all.map(squared)));
      },
    };
  }
}

function* waysInLanes(): Generator<StatisticsWay> {
  for (const lanes of [1, 4, 8, 16, 32, 64, 128, 256]) {
    for (const inHalves of lanes === 1 ? [true] : [true, false]) {
      const many = lanes === 1 ? "sequentially" : `in ${lanes} lanes combined ${inHalves ? "in halves" : "in turn"}`;
      const meanOf = (numbers: readonly number[]): number =>
        round(sumInLanes(numbers, lanes, plain, inHalves) / numbers.length);
      for (const fused of [false, true]) {
        const [name, add] = fused ? ["fused squares", fusedSquare] : ["squares", square];
        const way = (words: string, parts: Pick<StatisticsWay, "of" | "sums">): StatisticsWay => ({
          description: `mean ${parts.sums === "float64 mean" ? "in double precision, " : "and "}${name}${words} ${many}`,
          order: `mean and squares${words} ${many}`,
          lanes,
          fused,
          ...parts,
        });
        yield way(" of differences", {
          sums: "float64 mean",
          of: (numbers) => centred(numbers, doubleMean(numbers), (all) => sumInLanes(all, lanes, add, inHalves)),
        });
        yield way(" of differences", {
          sums: "float32",
          of: (numbers) => centred(numbers, meanOf(numbers), (all) => sumInLanes(all, lanes, add, inHalves)),
        });
        yield way("", {
          sums: "float32",
          of: (numbers) => {
            const mean = meanOf(numbers);
            return {
              mean,
              variance: round(round(sumInLanes(numbers, lanes, add, inHalves) / numbers.length) - round(mean * mean)),
            };
          },
        });
      }
    }
  }
}

function centred(
  numbers: readonly number[],
  mean: number,
  squaresOf: (differences: readonly number[]) => number,
): Moments {
  const squares = squaresOf(numbers.map((number) => round(number - mean)));
  return { mean, variance: round(squares / numbers.length) };
}
