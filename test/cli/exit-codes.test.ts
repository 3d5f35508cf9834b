import { expect, test } from "vitest";
import type { Verdict } from "#core/compare.ts";
import { exitCodeOf } from "#cli/exit-codes.ts";
import type { ParityReport } from "#cli/parity-report.ts";

const exitCode = (verdict: Verdict, certificateViolations: ParityReport["certificateViolations"] = []): number =>
  exitCodeOf({ verdict, certificateViolations });

test("each verdict has its exit code", () => {
  expect(exitCode("IDENTICAL")).toBe(0);
  expect(exitCode("WITHIN_TOLERANCE")).toBe(0);
  expect(exitCode("DRIFT")).toBe(1);
  expect(exitCode("INCOMPLETE")).toBe(2);
});

test("a broken certificate is 3, whatever the verdict", () => {
  const violation = { message: "", modelSha256: "", inputSha256: "" } as ParityReport["certificateViolations"][number];
  expect(exitCode("DRIFT", [violation])).toBe(3);
  expect(exitCode("INCOMPLETE", [violation])).toBe(3);
});
