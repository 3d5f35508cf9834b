import type { Tolerance } from "#core/verdicts/drift.ts";
import { NO_NUMBER } from "../format.ts";

/** The three bounds as they stand in the address and in the form: what was typed, not what it means. */
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

/** Why a bound cannot be used; null where it can, an empty one (no such bound) included. */
export function faultOf(bound: Bound, text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const value = Number(trimmed);
  if (bound !== "ulp")
    return Number.isFinite(value) && value >= 0 ? null : "Write a number of 0 or more, such as 1e-6.";
  return Number.isInteger(value) && value >= 0 && value <= MAX_ULP
    ? null
    : `Write a whole number of steps, 0 to ${MAX_ULP.toLocaleString("en-US")}.`;
}

/** Null: no bound is given, so bits must be equal. A bound that cannot be used counts as none: no wider, never. */
export function toleranceOf(text: ToleranceText): Tolerance | null {
  const given = BOUNDS.filter((bound) => text[bound].trim() !== "" && faultOf(bound, text[bound]) === null);
  if (given.length === 0) return null;
  return Object.fromEntries(given.map((bound) => [bound, Number(text[bound])]));
}

/** "none: bits must be equal", "|Δ| ≤ 1e-6 or ≤ 4 ULP" */
export function inWords(tolerance: Tolerance | null): string {
  if (tolerance === null) return "none, bits must be equal";
  const { abs, rel, ulp } = tolerance;
  const parts = [
    typeof abs === "number" ? `|Δ| ≤ ${abs}` : NO_NUMBER,
    typeof rel === "number" ? `|Δ| ≤ ${rel} × |reference|` : NO_NUMBER,
    typeof ulp === "number" ? `≤ ${ulp.toLocaleString("en-US")} ULP` : NO_NUMBER,
  ];
  return parts.filter((part) => part !== NO_NUMBER).join(" or ");
}
