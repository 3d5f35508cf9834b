import type { RunReport } from "#library/report/run-report.ts";
import { colour } from "./colour.ts";

const COLOURS = {
  IDENTICAL: "green",
  WITHIN_TOLERANCE: "green",
  DRIFT: "yellow",
  INCOMPLETE: "yellow",
  WRONG_RESULT: "red",
  CERTIFICATE_VIOLATED: "red",
} as const;

/** A verdict or an outcome in its colour. Red is for outcomes that no tolerance hides. */
export function paintOutcome(outcome: RunReport["outcome"]): string {
  return colour(COLOURS[outcome], outcome);
}

/** The sentence of a violated certificate. */
export function paintAlarm(message: string): string {
  return colour(["bold", "red"], message);
}
