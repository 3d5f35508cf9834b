import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, floatsOf } from "#core/tensors/bits.ts";
import type { AnswerRow } from "../../web/answers/source.ts";
import type { HistoryEntry } from "../../web/history/entry.ts";
import { historyCsv, historyJson } from "../../web/history/export.ts";

/** Texts that break a naive CSV, or that a spreadsheet would run. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    'a"b',
    "a,b",
    "a\r\nb",
    "'=1",
    "Ziffer ü",
    "",
  ),
);
const bits = fc.nat(2 ** 32 - 1);
/** All of one length, as of one model. */
const logits = fc.array(bits, { minLength: 2, maxLength: 2 }).map((words) => {
  const bytes = new Uint8Array(4 * words.length);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(4 * at, word, true);
  return floatsOf(bytes);
});
const answered = fc.record({
  source: fc.constantFrom("WASM", "CPU", "BROWSER_WASM"),
  ok: fc.constant(true as const),
  label: text,
  probabilities: fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 4 }),
  logits,
  latencyMs: fc.option(fc.double({ min: 0, max: 1e4, noNaN: true })),
});
const failed = fc.record({ source: fc.constant("CUDA"), ok: fc.constant(false as const), code: text, message: text });
const rows: fc.Arbitrary<AnswerRow[]> = fc.array(fc.oneof(answered, failed), { minLength: 1, maxLength: 3 });
const entry: fc.Arbitrary<HistoryEntry> = fc.record({
  id: text,
  createdAt: fc.nat(4e12),
  answeredAt: fc.nat(4e12),
  model: text,
  modelSha256: text,
  width: fc.constant(2),
  height: fc.constant(2),
  pixels: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  verdict: fc.constantFrom("IDENTICAL", "DRIFT", "INCOMPLETE"),
  rows,
});

const hex = (values: Float32Array): string[] =>
  Array.from(bitsOf(values), (word) => word.toString(16).padStart(8, "0"));
/** A cell without the apostrophe before text that a spreadsheet would run. */
const plain = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r\n])/, "");

describe("the history as CSV", () => {
  it("has a line for every sketch and source, with any text", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const lines = parse(historyCsv(entries), { columns: true, record_delimiter: "\r\n" }) as Record<
          string,
          string
        >[];
        const expected = entries.flatMap((each) => each.rows.map((row) => ({ each, row })));
        expect(lines).toHaveLength(expected.length);
        for (const [place, { each, row }] of expected.entries()) {
          const line = lines[place]!;
          expect(line["created_at"]).toBe(new Date(each.createdAt).toISOString());
          expect(line["source"]).toBe(row.source);
          expect(line["verdict"]).toBe(each.verdict);
          const hasText = (name: string, wanted: string) =>
            expect([wanted, plain(wanted)]).toContain(plain(line[name] ?? ""));
          hasText("id", each.id);
          hasText("model", each.model);
          if (row.ok) {
            hasText("label", row.label);
            expect(line["logit_bits"]).toBe(hex(row.logits).join(" "));
            expect(line["latency_ms"]).toBe(row.latencyMs === null ? "" : String(row.latencyMs));
            expect(line["error"]).toBe("");
          } else {
            hasText("error", `${row.code}: ${row.message}`);
            expect(line["logit_bits"]).toBe("");
          }
        }
      }),
    );
  });

  it("has no cell that a spreadsheet would run as a formula", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const cells = (parse(historyCsv(entries), { record_delimiter: "\r\n" }) as string[][]).flat();
        expect(cells.filter((cell) => /^[=+\-@\t\r\n]/.test(cell))).toEqual([]);
      }),
    );
  });
});

describe("the history as JSON", () => {
  it("preserves every byte", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const { sketches } = JSON.parse(historyJson(entries)) as {
          sketches: { id: string; pixels: string; rows: { ok: boolean; logits: string; logitBits: string[] }[] }[];
        };
        expect(sketches.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
        for (const [place, { pixels, rows: kept }] of entries.entries()) {
          const sketch = sketches[place]!;
          expect([...Buffer.from(sketch.pixels, "base64")]).toEqual([...pixels]);
          for (const [at, row] of kept.entries()) {
            if (row.ok) expect(sketch.rows[at]?.logitBits).toEqual(hex(row.logits));
            else expect(sketch.rows[at]).toEqual(row);
          }
        }
      }),
    );
  });
});
