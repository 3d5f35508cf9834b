import type { Explanation } from "#core/explain/explanation.ts";
import { ask } from "./ask.ts";
import { explainArrays } from "./emulated.ts";
import { type Arrangement, isWide, knownSum, type KnownWay, trueCauses } from "./known-sums.ts";
import { oneNode } from "./one-node.ts";
import { gemmOf, generator } from "./sum-cases.ts";
import { tensor } from "./tensors.ts";

/* Explanations of pairs of sides whose true difference is known: how often is a cause named that is not it? */

const TERMS = [1, 2, 3, 4, 8, 16, 25, 27, 64, 100, 128, 256, 300, 576, 784, 1024, 2048, 4096] as const;
const ELEMENTS = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 3000, 10_000, 100_000] as const;
/** Products of one node. Large nodes take long and prove much: one trial in twelve has one. */
const MOST_PRODUCTS = { product: [60_000, 1_500_000], reduction: [8000, 100_000] } as const;

const TRIED: readonly Arrangement[] = [
  { kind: "sequential" },
  { kind: "sequential" },
  ...[64, 128, 256].map((size) => ({ kind: "blocks", size }) as const),
  ...[4, 8, 16].map((size) => ({ kind: "lanes", size }) as const),
];
/** Orders that are not tried by the explanation. */
const UNTRIED: readonly Arrangement[] = [
  ...[1, 2, 8, 16].map((size) => ({ kind: "pairwise", size }) as const),
  { kind: "backwards" },
  { kind: "by size" },
  { kind: "from both ends" },
  ...[3, 7, 96, 100, 200].map((size) => ({ kind: "odd blocks", size }) as const),
];

interface Trial {
  readonly family: "product" | "reduction";
  readonly seed: number;
  readonly terms: number;
  readonly elements: number;
  readonly data: string;
  readonly sources: readonly [string, string];
  /** Sides that are said to use TF32. */
  readonly declared: readonly [boolean, boolean];
  readonly hasBias: boolean;
  readonly ways: readonly [KnownWay, KnownWay];
  /** A side may compute in a way that is not among those tried. */
  readonly untried: boolean;
  readonly truth: readonly string[];
}

export interface Outcome extends Trial {
  readonly differing: number;
  /** The headline; NONE where no bit differs. */
  readonly cause: string;
  /** Settled causes of sums that were named. */
  readonly named: readonly string[];
  readonly isFalse: boolean;
  readonly consistentWith: readonly string[];
}

type Next = () => number;
const pick = <T>(from: readonly T[], next: Next): T => from[Math.floor(next() * from.length)]!;

const NAMES = new Set(["FUSED_MULTIPLY_ADD", "SUMMATION_ORDER", "TF32", "WIDER_ACCUMULATION", "REDUCED_PRECISION"]);

/** Numbers whose sums round in different ways: alike in size, all positive, far apart, and short ones that seldom round. */
const DATA: Readonly<Record<string, (next: Next) => number>> = {
  normal: (next) => (next() + next() + next() - 1.5) * 2,
  positive: (next) => next() + 0.01,
  "far apart": (next) => (next() - 0.5) * 2 ** (12 * next() - 6),
  "8 bits": (next) => Math.round((next() - 0.5) * 256) / 64,
  "13 bits": (next) => Math.round((next() - 0.5) * 8192) / 4096,
  "half zero": (next) => (next() < 0.5 ? 0 : next() - 0.3),
};

function wayOf(next: Next, untried: boolean): KnownWay {
  const products = pick(["rounded", "rounded", "fused", "fused", "double"] as const, next);
  const chance = next();
  const sums =
    chance < 0.7 ? "float32" : chance < 0.85 || !untried ? "float64" : pick(["compensated", "exact"] as const, next);
  return {
    arrangement: pick(untried ? UNTRIED : TRIED, next),
    bias: pick(["first", "last"] as const, next),
    products: sums === "compensated" ? "rounded" : sums === "exact" ? "double" : products,
    sums,
    tf32: false,
  };
}

/** A second way: the first with one thing changed, or another one altogether. */
function changed(way: KnownWay, next: Next, untried: boolean): KnownWay {
  const other = wayOf(next, untried);
  switch (Math.floor(next() * 6)) {
    case 0:
      return {
        ...way,
        products: way.products === "rounded" ? pick(["fused", "double"] as const, next) : "rounded",
        sums: way.sums === "compensated" || way.sums === "exact" ? "float64" : way.sums,
      };
    case 1:
      return { ...way, arrangement: other.arrangement };
    case 2:
      return { ...way, bias: way.bias === "first" ? "last" : "first" };
    case 3:
      return { ...way, sums: isWide(way) ? "float32" : "float64" };
    case 4:
      return way.sums === "float32" ? { ...way, tf32: true } : other;
    default:
      return other;
  }
}

function trialOf(family: Trial["family"], seed: number, next: Next): Trial {
  for (let at = 0; at < 8; at++) next();
  const most = MOST_PRODUCTS[family][next() < 1 / 12 ? 1 : 0];
  const terms = pick(
    TERMS.filter((count) => count <= most / 200),
    next,
  );
  const elements = pick(
    ELEMENTS.filter((count) => count * terms <= most),
    next,
  );
  const untried = next() < 0.3;
  const first = wayOf(next, untried && next() < 0.5);
  const second = changed(first, next, untried);
  const isProduct = family === "product";
  const [plain, other] = next() < 0.5 || second.tf32 ? [first, second] : [second, first];
  // A reduction has no products and no bias. Only a GPU has TF32, and it is the second side here.
  const ways = [plain, other].map((way): KnownWay =>
    isProduct ? way : { ...way, products: "rounded", bias: "last", tf32: false },
  );
  const [one, two] = [ways[0]!, ways[1]!];
  const gpu = isProduct && (two.tf32 || next() < 0.2);
  const hasBias = isProduct && next() < 0.7;
  return {
    family,
    seed,
    terms,
    elements,
    data: pick(Object.keys(DATA), next),
    sources: ["CPU", gpu ? "CUDA" : next() < 0.2 ? "WEBGPU" : "WASM"],
    declared: [false, two.tf32 || (gpu && next() < 0.3)],
    hasBias,
    ways: [one, two],
    untried,
    truth: [...trueCauses(one, two, terms, hasBias)],
  };
}

/** A Gemm whose sides compute in two known ways. */
export function productOutcome(seed: number): Outcome {
  const next = generator(Math.imul(seed, 0x9e37_79b1));
  const trial = trialOf("product", seed, next);
  const { terms, elements } = trial;
  const rows = elements < 20 || next() < 0.5 ? 1 : Math.floor(Math.sqrt(elements));
  const columns = Math.ceil(elements / rows);
  const [a, b] = [drawn(rows * terms, trial, next), drawn(terms * columns, trial, next)];
  const bias = trial.hasBias ? drawn(columns, trial, next) : null;
  const [left, right] = [new Float64Array(terms), new Float64Array(terms)];
  const [reference, other] = trial.ways.map((way) =>
    Float32Array.from({ length: rows * columns }, (_, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns];
      for (let k = 0; k < terms; k++) {
        left[k] = a[row * terms + k]!;
        right[k] = b[k * columns + column]!;
      }
      return knownSum(left, right, bias === null ? null : bias[column]!, way);
    }),
  );
  const node = gemmOf([rows, terms, columns], a, b, bias);
  return judged(trial, explainArrays(node, reference!, other!, { sources: trial.sources, tf32: trial.declared }));
}

/** A ReduceSum or ReduceMean whose sides compute in two known ways. */
export function reductionOutcome(seed: number): Outcome {
  const next = generator(Math.imul(seed, 0xc2b2_ae35));
  const trial = trialOf("reduction", seed, next);
  const { terms, elements } = trial;
  const numbers = drawn(elements * terms, trial, next);
  const isMean = next() < 0.5;
  const ones = Float64Array.from({ length: terms }, () => 1);
  const [reference, other] = trial.ways.map((way) =>
    tensor(
      "float32",
      [elements, 1],
      Array.from({ length: elements }, (_, row) => {
        const sum = knownSum(Float64Array.from(numbers.subarray(row * terms, (row + 1) * terms)), ones, null, way);
        return isMean ? Math.fround(sum / terms) : sum;
      }),
    ),
  );
  const input = tensor("float32", [elements, terms], numbers);
  const node = oneNode(isMean ? "ReduceMean" : "ReduceSum", [input, tensor("int64", [1], [1])], {}, { opset: 18 });
  return judged(trial, ask(node, [reference!], [other!], trial.sources));
}

function drawn(count: number, { data }: Trial, next: Next): Float32Array {
  return Float32Array.from({ length: count }, () => DATA[data]!(next));
}

function judged(trial: Trial, explanation: Explanation | null): Outcome {
  const { cause, causes, consistentWith } = explanation ?? { cause: "NONE", causes: [], consistentWith: [] };
  const named = causes.map((each) => each.cause).filter((each) => NAMES.has(each));
  return {
    ...trial,
    differing: causes.reduce((total, { elements }) => total + elements, 0),
    cause,
    named,
    isFalse: named.some((each) => !trial.truth.includes(each)),
    consistentWith,
  };
}
