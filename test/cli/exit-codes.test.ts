import { expect, test } from "vitest";
import { exitCodeOf } from "#cli/exit-codes.ts";

test("each verdict has its exit code", () => {
  expect(exitCodeOf("IDENTICAL")).toBe(0);
  expect(exitCodeOf("WITHIN_TOLERANCE")).toBe(0);
  expect(exitCodeOf("DRIFT")).toBe(1);
  expect(exitCodeOf("INCOMPLETE")).toBe(2);
});
