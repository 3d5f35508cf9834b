import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { JUDGED } from "#core/explain/operators/index.ts";
import { isSum, SUMS } from "#core/explain/sums/explain-sum.ts";

const DOCUMENT = readFileSync(new URL("../../docs/drift.md", import.meta.url), "utf8");

/** The rows of the table in "What is judged", with what operators are held to and their names. */
const ROWS = new Map(
  DOCUMENT.slice(DOCUMENT.indexOf("## What is judged"))
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 4 && !/^-*$/.test(cells[1]!))
    .slice(1)
    .map(([, kind, names]) => [kind, names!.split(", ")]),
);

it("docs/drift.md lists exactly the operators that the judges' tables hold", () => {
  const tables = Object.entries(JUDGED).map(([kind, judges]) => [kind, Object.keys(judges).toSorted()] as const);
  const sums = ["a bound and a summation order", [...SUMS.keys()].toSorted()] as const;
  expect(Object.fromEntries(ROWS)).toEqual(Object.fromEntries([sums, ...tables]));
});

it("no operator is in two tables", () => {
  const names = [...SUMS.keys(), ...Object.values(JUDGED).flatMap((judges) => Object.keys(judges))];
  expect(names.length).toBe(new Set(names).size);
  expect(isSum("Conv")).toBe(true);
});
