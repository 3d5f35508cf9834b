import { FLOAT_FORMATS, roundTo } from "../float-format.ts";
import { evaluate } from "./evaluate.ts";
import { type FactorRounding, roundFactors } from "./factors.ts";
import type { Plan } from "./order.ts";
import type { SumProblem } from "./problem.ts";

/** One way in which a side may have computed the whole node. */
export interface Candidate {
  readonly plan: Plan;
  readonly fused: boolean;
  readonly rounding: FactorRounding;
}

/** Evaluates elements; its buffers serve one element after another. */
export class Emulator {
  readonly #problem: SumProblem;
  readonly #left: Float64Array;
  readonly #right: Float64Array;

  constructor(problem: SumProblem) {
    this.#problem = problem;
    this.#left = new Float64Array(problem.terms);
    this.#right = new Float64Array(problem.terms);
  }

  /** Fetches an element's factors; candidates of this layout and rounding can be evaluated then. */
  take(index: number, layout: number, rounding: FactorRounding): void {
    const { layouts, terms } = this.#problem;
    this.#problem.gather(index, layouts[layout]!, this.#left, this.#right);
    roundFactors(this.#left, terms, rounding);
    roundFactors(this.#right, terms, rounding);
  }

  value(index: number, { plan, fused, rounding }: Candidate): number {
    const { alpha, beta, relu } = this.#problem;
    const { orders, pick } = plan;
    const order = orders[pick === null ? 0 : pick(this.#problem.row(index), this.#problem.column(index))]!;
    const addend = Math.fround(beta * this.#problem.addend(index));
    const sum = evaluate(this.#left, this.#right, order, fused, addend, alpha);
    const result = rounding === "float16" ? roundTo(FLOAT_FORMATS.float16, sum) : sum;
    // NaN stays NaN; -0 becomes 0, which is what max(x, 0) gives in most kernels.
    return relu && result <= 0 ? 0 : result;
  }
}

/** The same number with the same sign of zero; any NaN for any NaN, since its payload follows no rule. */
export function sameNumber(left: number, right: number): boolean {
  if (left === right) return left !== 0 || 1 / left === 1 / right;
  return Number.isNaN(left) && Number.isNaN(right);
}

/** Candidates of one plan and rounding differ in FMA alone, and those of one layout and rounding share their factors. */
export function candidatesOf(plans: readonly Plan[], roundings: readonly FactorRounding[]): readonly Candidate[] {
  return roundings.flatMap((rounding) =>
    plans.flatMap((plan) => [false, true].map((fused) => ({ plan, fused, rounding }))),
  );
}
