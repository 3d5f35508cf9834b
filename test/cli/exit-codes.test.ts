import { expect, test } from "vitest";
import { exitCodeOf } from "#cli/exit-codes.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { aReport, aTrace, aViolation } from "../support/reports.ts";

const exitCode = (verdict: RunReport["verdict"], rest: Partial<RunReport> = {}): number =>
  exitCodeOf(aReport({ verdict, ...rest }));

test("each verdict has its exit code", () => {
  expect(exitCode("IDENTICAL")).toBe(0);
  expect(exitCode("WITHIN_TOLERANCE")).toBe(0);
  expect(exitCode("DRIFT")).toBe(1);
  expect(exitCode("INCOMPLETE")).toBe(2);
});

test("a broken certificate is 3, with any verdict", () => {
  expect(exitCode("DRIFT", { certificateViolations: [aViolation()] })).toBe(3);
  expect(exitCode("INCOMPLETE", { certificateViolations: [aViolation()] })).toBe(3);
});

test("a wrong result is 3, at any tolerance", () => {
  const traces = [aTrace(), aTrace({ outcome: "WRONG_RESULT" })];
  expect(exitCode("WITHIN_TOLERANCE", { traces })).toBe(3);
  expect(exitCode("WITHIN_TOLERANCE", { traces: [aTrace()] })).toBe(0);
});
