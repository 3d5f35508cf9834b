import type { ErrorBound, WrongElement } from "../explanation.ts";
import { type Arithmetic, Bounds, TF32_ROUNDOFF } from "./bound.ts";
import { FLOAT_FORMATS } from "../../tensors/float-format.ts";
import { VERIFYING_TERMS } from "./limits.ts";
import type { SumProblem } from "./problem.ts";
import { type BySource, bySource, SOURCE_ROLES, type SourceRole } from "../sources.ts";
import { elementsWithin } from "./visit.ts";

export interface Verdict {
  readonly bound: ErrorBound;
  readonly wrong: readonly WrongElement[];
  /** 1 for each element where a source is outside its bound. */
  readonly beyond: Uint8Array;
  readonly visited: number;
  /** Elements with NaN or infinite inputs, or inputs so large that a correct evaluation may overflow: not judged. */
  readonly unclaimed: number;
}

export function judge(
  problem: SumProblem,
  arithmetic: BySource<Arithmetic>,
  results: BySource<Float64Array>,
  differing: readonly number[],
): Verdict {
  const visited = elementsWithin(problem, differing, VERIFYING_TERMS / 2);
  const count = visited?.length ?? problem.elements;
  const bounds = new Bounds(problem);
  const beyond = new Uint8Array(problem.elements);
  const worst = bySource(() => new Worst());
  let [n, share, unclaimed] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const index = visited === null ? at : visited[at]!;
    bounds.measure(index);
    n = Math.max(n, bounds.n);
    const finite = Number.isFinite(bounds.exact.unscaled + bounds.exact.products + bounds.exact.addend);
    for (const role of SOURCE_ROLES) {
      const value = results[role][index]!;
      const found = finite
        ? finiteShare(bounds, arithmetic[role], value)
        : specialShare(bounds, index, arithmetic[role], value, problem);
      if (found === null) {
        if (role === "reference") unclaimed++;
        continue;
      }
      if (found.share > 1) {
        beyond[index] = 1;
        worst[role].add({ side: role, index, value, exact: found.exact, bound: found.bound }, found.share);
      }
      if (Number.isFinite(found.share)) share = Math.max(share, found.share);
    }
  }
  const wrong = SOURCE_ROLES.flatMap((role) => worst[role].told());
  return { bound: errorBound(problem, arithmetic, n, worstOf(share, worst)), wrong, beyond, visited: count, unclaimed };
}

type Found = Pick<WrongElement, "exact" | "bound"> & { readonly share: number };

function finiteShare(bounds: Bounds, arithmetic: Arithmetic, value: number): Found | null {
  const bound = bounds.allowance(arithmetic);
  if (bound === Infinity) return null;
  const distance = bounds.distance(value);
  const share = distance === 0 ? 0 : Number.isNaN(distance) ? Infinity : distance / bound;
  return { share, exact: bounds.value, bound };
}

/** For NaN or infinite inputs, on sources that follow IEEE 754. */
function specialShare(
  bounds: Bounds,
  index: number,
  { strict }: Arithmetic,
  value: number,
  { type }: SumProblem,
): Found | null {
  // A product of two finite doubles may overflow, so an infinite one says nothing about its factors.
  const exact = strict && type !== "float64" ? bounds.special(index) : null;
  if (exact === null) return null;
  return { share: Object.is(exact, value) ? 0 : Infinity, exact, bound: 0 };
}

class Worst {
  #elements = 0;
  #share = 0;
  #found: Omit<WrongElement, "elements"> | null = null;

  add(found: Omit<WrongElement, "elements">, share: number): void {
    this.#elements++;
    if (this.#found !== null && share <= this.#share) return;
    this.#share = share;
    this.#found = found;
  }

  get share(): number {
    return this.#share;
  }

  told(): readonly WrongElement[] {
    return this.#found === null ? [] : [{ ...this.#found, elements: this.#elements }];
  }
}

function worstOf(share: number, worst: BySource<Worst>): number {
  return SOURCE_ROLES.some((role) => worst[role].share === Infinity) ? Infinity : share;
}

function errorBound(problem: SumProblem, arithmetic: BySource<Arithmetic>, n: number, worstShare: number): ErrorBound {
  const own = FLOAT_FORMATS[problem.type].unitRoundoff;
  const transformed = SOURCE_ROLES.filter((role) => arithmetic[role].transforms);
  return {
    kind: transformed.length > 0 ? "normwise" : "elementwise",
    formula: formula(problem, arithmetic, transformed),
    n,
    unitRoundoff: bySource((role) => (arithmetic[role].tf32 ? TF32_ROUNDOFF : own)),
    worstShare,
  };
}

function formula(problem: SumProblem, arithmetic: BySource<Arithmetic>, transformed: readonly SourceRole[]): string {
  const { alpha, beta, hasAddend, type } = problem;
  const products = alpha === 1 ? "sum|a||b|" : "|alpha| sum|a||b|";
  const addend = hasAddend ? (beta === 1 ? " + |bias|" : " + |beta bias|") : "";
  const step = Math.log2(FLOAT_FORMATS[type].smallestStep);
  const parts = [
    `gamma_n * (${products}${addend}) + n * 2^${step}, gamma_n = n u / (1 - n u) with n roundings (Higham, Accuracy and Stability of Numerical Algorithms, sect. 3.1 and 4.2)`,
  ];
  const rounded = SOURCE_ROLES.filter((role) => arithmetic[role].tf32);
  if (rounded.length > 0) {
    parts.push(
      `${rounded.join(" and ")}: ((1 + 2u)^2 (1 + gamma_n) - 1) of the products instead, u = 2^-11 for each factor, which may be truncated, and 2^-22 for the sums of tensor cores`,
    );
  }
  const flushing = SOURCE_ROLES.filter((role) => arithmetic[role].flushes);
  if (flushing.length > 0) {
    const normal = Math.log2(FLOAT_FORMATS[type].smallestNormal);
    parts.push(
      `${flushing.join(" and ")}: n * 2^${normal} and the products of subnormal factors in addition, since subnormals may be flushed to zero`,
    );
  }
  if (transformed.length > 0) {
    parts.push(
      `${transformed.join(" and ")}: 512 * gamma_m * the largest over the output of sum over channels of taps * max|weight| * max|input|, m = channels + 55, since Winograd or FFT may be used`,
    );
  }
  return parts.join("; ");
}
