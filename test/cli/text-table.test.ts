import fc from "fast-check";
import { expect, test } from "vitest";
import { textTable, type Column } from "#cli/text-table.ts";

interface Row {
  readonly name: string;
  readonly size: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "name", align: "left", cell: ({ name }) => name },
  { title: "size", align: "right", cell: ({ size }) => size },
  { title: "end", align: "left", cell: () => "|" },
];

test("text is left-aligned, numbers right-aligned, two spaces apart", () => {
  const table = textTable(COLUMNS, [
    { name: "seven", size: "1" },
    { name: "a", size: "12345" },
  ]);
  expect(table).toBe(["name    size  end", "seven      1  |", "a      12345  |"].join("\n"));
});

test("a table without rows is its titles", () => {
  expect(textTable(COLUMNS, [])).toBe("name  size  end");
});

test("colours do not change the layout: without them the table is the same", () => {
  const plain = textTable(COLUMNS, [
    { name: "a", size: "red" },
    { name: "bcdef", size: "x" },
  ]);
  const coloured = textTable(COLUMNS, [
    { name: "a", size: "\u001b[31mred\u001b[39m" },
    { name: "bcdef", size: "x" },
  ]);
  expect(coloured).not.toBe(plain);
  expect(coloured.replace("\u001b[31m", "").replace("\u001b[39m", "")).toBe(plain);
});

test("with any cells, every last column begins at the same place", () => {
  const cell = fc.string({ unit: fc.constantFrom(..."abcXYZ019.-é漢") });
  fc.assert(
    fc.property(fc.array(fc.record({ name: cell, size: cell })), (rows) => {
      const lines = textTable(COLUMNS, rows).split("\n");
      const ends = lines.map((line, index) => [...line].length - (index === 0 ? "end" : "|").length);
      expect(lines).toHaveLength(rows.length + 1);
      expect(new Set(ends).size).toBe(1);
    }),
  );
});
