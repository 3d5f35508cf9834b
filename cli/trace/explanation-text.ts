import { computedOnText } from "#core/explain/computed-on.ts";
import type { AnsweredBound, AnsweredExplanation, AnsweredHypothesis, AnsweredWrong } from "./query.ts";
import { count, number, percent } from "./numbers.ts";

/** Both backends by their names. */
export interface Sides {
  readonly reference: string;
  readonly backend: string;
}

/** A node's explanation, line by line: the causes with their elements, the evidence, the error bound, and where it was computed. */
export function explanationLines(explanation: AnsweredExplanation, sides: Sides): string[] {
  const { causes, consistentWith, hypothesis, bound, wrong, notes, computedOn } = explanation;
  return [
    ...causes.map(
      ({ cause, elements }) => `${count(elements, "element")}: ${cause}${remaining(cause, consistentWith)}`,
    ),
    ...unexplained(explanation),
    ...(hypothesis ? hypothesisLines(hypothesis, sides) : []),
    ...(bound ? [boundLine(bound, sides)] : []),
    ...wrong.map(wrongLine),
    ...notes.map((note) => `Note: ${note}`),
    `Computed on ${computedOnText(computedOn.reference)} and ${computedOnText(computedOn.backend)}.`,
  ];
}

function remaining(cause: string, consistentWith: readonly string[]): string {
  return cause === "UNDETERMINED" && consistentWith.length > 0 ? `, consistent with ${consistentWith.join(", ")}` : "";
}

function unexplained({ unexplainedElements, unexplainedIndices }: AnsweredExplanation): string[] {
  if (unexplainedElements === 0) return [];
  const more = unexplainedElements > unexplainedIndices.length ? ", …" : "";
  return [`Unexplained elements: ${unexplainedIndices.join(", ")}${more}.`];
}

function hypothesisLines(hypothesis: AnsweredHypothesis, sides: Sides): string[] {
  const { reference, backend, matchRate, controlMatchRate, tried } = hypothesis;
  return [
    `Hypothesis: ${sides.reference} adds ${ways(reference)};`,
    `            ${sides.backend} adds ${ways(backend)}.`,
    `It reproduces ${percent(matchRate)} of the elements bit by bit on both sides, and ${percent(controlMatchRate)} of shuffled outputs (control). ${count(tried, "hypothesis was", "hypotheses were")} tried.`,
  ];
}

function ways({ order, fused, tf32, wide }: AnsweredHypothesis["reference"]): string {
  const products = fused ? "each product fused with its addition" : "each product rounded first";
  const type = wide ? ", sums in a wider type" : "";
  return `${order.description}, ${products}${type}${tf32 ? ", factors rounded to TF32" : ""}`;
}

function boundLine(bound: AnsweredBound, sides: Sides): string {
  const { kind, formula, n, referenceUnitRoundoff, backendUnitRoundoff, worstShare } = bound;
  const u =
    referenceUnitRoundoff === backendUnitRoundoff
      ? `u = ${power(referenceUnitRoundoff)}`
      : `u = ${power(referenceUnitRoundoff)} on ${sides.reference} and ${power(backendUnitRoundoff)} on ${sides.backend}`;
  const worst = worstShare === null ? "outside it and not finite" : `at ${percent(worstShare)} of it`;
  return `Bound of the rounding error (${kind}): ${formula}; n = ${n}, ${u}. The worst element is ${worst}.`;
}

function wrongLine({ backend, elements, index, value, exact, bound }: AnsweredWrong): string {
  const truth = exact === null ? "" : `; the exact value is ${exact}`;
  const allowed = bound === null ? "" : `, and rounding can change it by at most ${number(bound)}`;
  return `${backend} is wrong in ${count(elements, "element")}. The worst, at ${index}, is ${value ?? "not finite"}${truth}${allowed}.`;
}

/** "2^-24" */
function power(value: number): string {
  const exponent = Math.log2(value);
  return Number.isInteger(exponent) ? `2^${exponent}` : number(value);
}
