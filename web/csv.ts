type Cell = string | number;

/** Lines of cells, the names of the columns first, as a table for a spreadsheet. RFC 4180. */
export function csvText(lines: readonly (readonly Cell[])[]): string {
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

/** A cell that a spreadsheet would run as a formula is made text: labels and errors come from elsewhere. */
function quoted(cell: Cell): string {
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
