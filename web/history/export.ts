import { base64 } from "@scure/base";
import { bytesOf } from "#core/tensors/bits.ts";
import { csvText } from "../csv.ts";
import type { AnswerRow } from "../answers/source.ts";
import { hexBits } from "../logits.ts";
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

/** One line per sketch and source. Logits are their 32 bits in hex, separated by spaces; a missing value is an empty cell. */
export function historyCsv(entries: readonly HistoryEntry[]): string {
  const lines = entries.flatMap((entry) => {
    const about = [entry.id, isoTime(entry.createdAt), isoTime(entry.answeredAt), entry.model, entry.modelSha256];
    return entry.rows.map((row) => [...about, entry.verdict, row.source, ...cellsOf(row)]);
  });
  return csvText([CSV_COLUMNS, ...lines]);
}

function cellsOf(row: AnswerRow): (string | number)[] {
  if (!row.ok) return ["", "", "", "", `${row.code}: ${row.message}`];
  const likeliest = Math.max(...row.probabilities.map((each) => each ?? -1));
  return [row.label, likeliest < 0 ? "" : likeliest, row.latencyMs ?? "", hexBits(row.logits).join(" "), ""];
}

/** Everything that is saved. */
export function historyJson(entries: readonly HistoryEntry[]): string {
  const sketches = entries.map(({ pixels, rows, createdAt, answeredAt, ...rest }) => ({
    ...rest,
    label: labelOf({ rows }),
    createdAt: isoTime(createdAt),
    answeredAt: isoTime(answeredAt),
    /** Base64 of one grey level per pixel, as in `ImageInput.pixels`. */
    pixels: base64.encode(pixels),
    rows: rows.map((row) =>
      row.ok ? { ...row, logits: base64.encode(bytesOf(row.logits)), logitBits: hexBits(row.logits) } : row,
    ),
  }));
  return `${JSON.stringify({ format: "isobit sketches", version: 1, sketches }, null, 2)}\n`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
