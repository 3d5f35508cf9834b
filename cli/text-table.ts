import { stripVTControlCharacters } from "node:util";

export interface Column<Row> {
  readonly title: string;
  readonly align: "left" | "right";
  cell(row: Row): string;
}

/** Columns two spaces apart, one line per row, without borders: readable on any terminal and by grep. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => column.cell(row)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => width(cells[index] ?? ""))));
  return lines.map((cells) => joinCells(cells, columns, widths)).join("\n");
}

function joinCells(cells: readonly string[], columns: readonly { align: string }[], widths: readonly number[]): string {
  const padded = cells.map((cell, index) => {
    const padding = " ".repeat((widths[index] ?? 0) - width(cell));
    return columns[index]?.align === "right" ? padding + cell : cell + padding;
  });
  return padded.join("  ").trimEnd();
}

/** Without colour codes. */
function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
