import { expect, it } from "vitest";
import { judge } from "./judge.ts";
import type { Part } from "./questions.ts";

const parts = (of: Record<string, Part>): ReadonlyMap<string, Part> => new Map(Object.entries(of));
const GOLDEN = parts({ a: { value: "1" }, b: { value: "2" } });

it.each([
  ["the golden bits", parts({ a: { value: "1" }, b: { value: "2" } }), 2, 0, 0],
  ["other bits", parts({ a: { value: "1" }, b: { value: "3" } }), 1, 1, 0],
  ["an error in one part", parts({ a: { value: "1" }, b: { error: "TIMEOUT" } }), 1, 0, 1],
  ["one error for all parts", parts({ all: { error: "TIMEOUT" } }), 0, 0, 1],
  ["a part that is missing", parts({ a: { value: "1" } }), 1, 1, 0],
  ["nothing", parts({}), 0, 1, 0],
])("counts %s", (_what, got, right, wrong, errors) => {
  const judged = judge(GOLDEN, got);
  expect([judged.right, judged.wrong.length, judged.errors.length]).toEqual([right, wrong, errors]);
});
