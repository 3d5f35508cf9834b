import type { Tolerance } from "#core/verdicts/drift.ts";

/** The three bounds as typed, in the address and in the form. */
export interface ToleranceText {
  readonly abs: string;
  readonly rel: string;
  readonly ulp: string;
}

export const BOUNDS = Object.freeze(["abs", "rel", "ulp"] as const satisfies readonly (keyof ToleranceText)[]);
export type Bound = (typeof BOUNDS)[number];

/** GraphQL's Int. */
const MAX_ULP = 2 ** 31 - 1;

export function toleranceText(params: URLSearchParams): ToleranceText {
  return { abs: params.get("abs") ?? "", rel: params.get("rel") ?? "", ulp: params.get("ulp") ?? "" };
}

/** Why a bound is not valid; null if it is valid or empty. */
export function faultOf(bound: Bound, text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const value = Number(trimmed);
  if (bound !== "ulp") return Number.isFinite(value) && value >= 0 ? null : "Enter a number of 0 or more, e.g. 1e-6.";
  return Number.isInteger(value) && value >= 0 && value <= MAX_ULP
    ? null
    : `Enter a whole number from 0 to ${MAX_ULP.toLocaleString("en-US")}.`;
}

/** Null without a bound: bits must be equal. An invalid bound is ignored, so it never widens the tolerance. */
export function toleranceOf(text: ToleranceText): Tolerance | null {
  const given = BOUNDS.filter((bound) => text[bound].trim() !== "" && faultOf(bound, text[bound]) === null);
  if (given.length === 0) return null;
  return Object.fromEntries(given.map((bound) => [bound, Number(text[bound])]));
}

/** "none, bits must be equal", "|Δ| ≤ 0.000001 or ≤ 4 ULP" */
export function inWords(tolerance: Tolerance | null): string {
  if (tolerance === null) return "none, bits must be equal";
  const { abs, rel, ulp } = tolerance;
  return [
    ...(typeof abs === "number" ? [`|Δ| ≤ ${abs}`] : []),
    ...(typeof rel === "number" ? [`|Δ| ≤ ${rel} × |reference|`] : []),
    ...(typeof ulp === "number" ? [`≤ ${ulp.toLocaleString("en-US")} ULP`] : []),
  ].join(" or ");
}
