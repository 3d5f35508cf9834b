import { FLOAT_FORMATS, roundTo } from "../../tensors/float-format.ts";
import { evaluate } from "./evaluate.ts";
import { evaluateWide, type SumType } from "./evaluate-wide.ts";
import { type FactorRounding, roundFactors } from "./factors.ts";
import type { Order, Plan } from "./order.ts";
import type { Layout, SumProblem } from "./problem.ts";

/** One way in which a source may have computed the whole node. */
export interface Candidate {
  readonly plan: Plan;
  /** Products are not rounded before they are added. */
  readonly fused: boolean;
  readonly rounding: FactorRounding;
  readonly sums: SumType;
}

export class Emulator {
  readonly #problem: SumProblem;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #natural: readonly [Float64Array, Float64Array];

  constructor(problem: SumProblem) {
    this.#problem = problem;
    const buffer = (): Float64Array => new Float64Array(problem.terms);
    [this.#left, this.#right, this.#natural] = [buffer(), buffer(), [buffer(), buffer()]];
  }

  /**
   * Loads an element's factors for evaluating candidates of this layout and rounding.
   * @param shuffle a permutation of the products, 0 to K - 1; null: the original order
   */
  take(index: number, layout: number, rounding: FactorRounding, shuffle: Int32Array | null = null): void {
    const { layouts, terms } = this.#problem;
    if (shuffle === null) this.#problem.gather(index, layouts[layout]!, this.#left, this.#right);
    else this.#takeShuffled(index, layouts[layout]!, shuffle);
    roundFactors(this.#left, terms, rounding);
    roundFactors(this.#right, terms, rounding);
  }

  #takeShuffled(index: number, { place }: Layout, shuffle: Int32Array): void {
    const [left, right] = this.#natural;
    this.#problem.gather(index, this.#problem.layouts[0]!, left, right);
    for (let k = 0; k < shuffle.length; k++) {
      const at = place === null ? k : place[k]!;
      this.#left[at] = left[shuffle[k]!]!;
      this.#right[at] = right[shuffle[k]!]!;
    }
  }

  value(index: number, { plan, fused, rounding, sums }: Candidate): number {
    const { alpha, beta, relu } = this.#problem;
    const { orders, pick } = plan;
    const order = orders[pick === null ? 0 : pick(this.#problem.row(index), this.#problem.column(index))]!;
    const addend = Math.fround(beta * this.#problem.addend(index));
    const sum =
      sums === "float32"
        ? evaluate(this.#left, this.#right, order, fused, addend, alpha)
        : evaluateWide(this.#left, this.#right, order, sums, fused, addend, alpha);
    const result = rounding === "float16" ? roundTo(FLOAT_FORMATS.float16, sum) : sum;
    // NaN stays NaN; -0 becomes 0, as max(x, 0) gives in most kernels.
    return relu && result <= 0 ? 0 : result;
  }
}

/**
 * All candidates for these plans and roundings, plain and, if products can be fused, fused.
 * @param alpha the problem's
 */
export function candidatesOf(
  plans: readonly Plan[],
  roundings: readonly FactorRounding[],
  alpha: number,
): readonly Candidate[] {
  return roundings.flatMap((rounding) =>
    plans.flatMap((plan) => {
      const [plain, fused] = withProducts({ plan, rounding, sums: "float32" });
      return alpha !== 1 || plan.orders.some(mayFuse) ? [plain, fused] : [plain];
    }),
  );
}

/** Some product is added to a nonzero sum; otherwise a fused multiply-add equals a rounded product. */
function mayFuse({ ends, lanes, bias }: Order): boolean {
  return bias === "seed" || ends.some((end, at) => end - (ends[at - 1] ?? 0) > lanes);
}

/**
 * Candidates with sums in double precision, where only the order of blocks and the bias matters.
 * @param alpha the problem's
 */
export function widerCandidatesOf(plans: readonly Plan[], alpha: number): readonly Candidate[] {
  return plans.flatMap((plan) => {
    const [order] = plan.orders;
    if (!order || plan.pick !== null || order.lanes > 1 || !isPlain(order)) return [];
    const isWhole = order.ends.length === 1;
    if (isWhole && plan.layout > 0) return [];
    const [plain, fused] = withProducts({ plan, rounding: "none", sums: isWhole ? "float64" : "float64 totals" });
    // A single summand needs no sum, and the sum of two blocks is rounded once in any type.
    const summands = (isWhole ? order.ends[0]! : order.ends.length) + (order.bias === "first" ? 1 : 0);
    return summands > (isWhole ? 1 : 2) || alpha !== 1 ? [plain, fused] : [];
  });
}

/** In double precision, orders with a seed or an opening product give the same sum as those without. */
function isPlain({ opens, bias }: Order): boolean {
  return opens === "zero" && bias !== "seed";
}

function withProducts(parts: Omit<Candidate, "fused">): readonly [plain: Candidate, fused: Candidate] {
  return [
    { ...parts, fused: false },
    { ...parts, fused: true },
  ];
}
