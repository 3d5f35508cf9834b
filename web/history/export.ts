import { base64 } from "@scure/base";
import { bitsOf, bytesOf } from "#core/bits.ts";
import type { AnswerRow } from "../draw/answers/source.ts";
import { type HistoryEntry, labelOf } from "./entry.ts";

const CSV_COLUMNS = [
  "id",
  "created_at",
  "answered_at",
  "model",
  "model_sha256",
  "verdict",
  "source",
  "label",
  "probability",
  "latency_ms",
  "logit_bits",
  "error",
];

/** One line a sketch and source. Logits as their 32 bits in hex, side by side; an empty cell: there is none. RFC 4180. */
export function historyCsv(entries: readonly HistoryEntry[]): string {
  const lines = entries.flatMap((entry) => {
    const about = [entry.id, isoTime(entry.createdAt), isoTime(entry.answeredAt), entry.model, entry.modelSha256];
    return entry.rows.map((row) => [...about, entry.verdict, row.source, ...cellsOf(row)]);
  });
  return [CSV_COLUMNS, ...lines].map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

function cellsOf(row: AnswerRow): (string | number)[] {
  if (!row.ok) return ["", "", "", "", `${row.code}: ${row.message}`];
  const likeliest = Math.max(...row.probabilities.map((each) => each ?? -1));
  return [row.label, likeliest < 0 ? "" : likeliest, row.latencyMs ?? "", hexBits(row.logits).join(" "), ""];
}

/** Everything that is kept, for a program to read. */
export function historyJson(entries: readonly HistoryEntry[]): string {
  const sketches = entries.map(({ pixels, rows, createdAt, answeredAt, ...rest }) => ({
    ...rest,
    label: labelOf({ rows }),
    createdAt: isoTime(createdAt),
    answeredAt: isoTime(answeredAt),
    /** Base64 of one grey level a pixel: what `ImageInput.pixels` takes. */
    pixels: base64.encode(pixels),
    rows: rows.map((row) =>
      row.ok ? { ...row, logits: base64.encode(bytesOf(row.logits)), logitBits: hexBits(row.logits) } : row,
    ),
  }));
  return `${JSON.stringify({ format: "isobit sketches", version: 1, sketches }, null, 2)}\n`;
}

/** Hands text to the browser as a file to save. */
export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The click has begun the download only when its task is over.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function hexBits(logits: Float32Array): string[] {
  return Array.from(bitsOf(logits), (bits) => bits.toString(16).padStart(8, "0"));
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** A cell that a spreadsheet would run as a formula is made text: labels and errors come from elsewhere. */
export function quoted(cell: string | number): string {
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
