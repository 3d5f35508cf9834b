import fc from "fast-check";
import { Marked, type Token, type Tokens } from "marked";
import { describe, expect, test } from "vitest";
import { reportMarkdown } from "#cli/report/formats/markdown.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { answered, aReport, aRow, aTrace, compared, equalRow } from "../support/reports.ts";
import { drifting, everything, incomplete, lonely, NASTY, nasty } from "./sample-reports.ts";

const github = new Marked({ gfm: true });

function tablesIn(text: string): Tokens.Table[] {
  return github.lexer(text).filter((token): token is Tokens.Table => token.type === "table");
}

/** Cells as a reader sees them. */
function rowsOf(table: Tokens.Table | undefined): string[][] {
  return table?.rows.map((cells) => cells.map(({ tokens }) => plainText(tokens))) ?? [];
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if ("tokens" in token && token.tokens) return plainText(token.tokens);
      return "text" in token ? String(token.text) : "";
    })
    .join("");
}

test("drift: a verdict, the pairs, the worst inputs, and the environment folded away", () => {
  const text = reportMarkdown(drifting());
  expect(text).toMatch(/^### ❌ isobit parity: DRIFT\n\nBits differ\. Model digits \(`dddddddddddd`\), 2 inputs, /);
  const [pairs, worst, environment] = tablesIn(text);
  expect(rowsOf(pairs)).toEqual([
    [
      "WASM against CPU",
      "DRIFT",
      "1 of 2",
      "0",
      "2.38e-7",
      "2",
      "0",
      expect.stringMatching(/^1 - \d\.\de-15$/),
      expect.stringMatching(/^1\d\d\.\d dB$/),
    ],
  ]);
  expect(rowsOf(worst)).toEqual([["7", "WASM against CPU", "1", "2.38e-7", "2", "yes"]]);
  expect(rowsOf(environment).map(([source, runtime]) => `${source} ${runtime}`)).toEqual([
    "WASM onnxruntime-web 1.2.3",
    "CPU onnxruntime-node 1.2.3",
  ]);
  expect(text.indexOf("<details>")).toBeLessThan(text.indexOf("| source |"));
  expect(text).toContain("d".repeat(64));
});

test("equal bits are reported briefly", () => {
  const text = reportMarkdown(aReport());
  expect(text).toMatch(/^### ✅ isobit parity: IDENTICAL\n\nEvery bit is the same\./);
  expect(text).not.toContain("Worst inputs");
});

test("the inputs that drift most come first, and the rest are counted", () => {
  const answers = Object.fromEntries(
    Array.from({ length: 8 }, (_, steps) => [
      `input:${steps}`,
      [answered("CPU", { logits: [1, 0] }), answered("WASM", { logits: [1 + steps * 2 ** -23, 0] })] as const,
    ]),
  );
  const text = reportMarkdown(compared(answers));
  expect(rowsOf(tablesIn(text)[1]).map(([input]) => input)).toEqual([7, 6, 5, 4, 3].map((steps) => `input:${steps}`));
  expect(text).toContain("**Worst inputs**, and 2 more that drift");
});

test("where drift begins, and why", () => {
  const text = reportMarkdown(drifting({ traces: [aTrace()] }));
  const list = github.lexer(text).find((token): token is Tokens.List => token.type === "list");
  expect(plainText(list?.items[0]?.tokens ?? [])).toBe(
    "WASM first differs from CPU in node 1, node1 (Conv), on input 7: 3 of 4 elements differ. Cause: FUSED_MULTIPLY_ADD. WASM: sequentially; CPU: blocks of 128 along K, fused multiply-add. Computed on CPU (level extended) and WASM (level extended).",
  );
});

test("what an undetermined difference is consistent with", () => {
  const trace = aTrace();
  const node = trace.nodes.find(({ explanation }) => explanation !== null);
  const explanation = {
    ...node!.explanation!,
    cause: "UNDETERMINED" as const,
    consistentWith: ["FUSED_MULTIPLY_ADD" as const, "SUMMATION_ORDER" as const],
    notes: ["Too few elements tell these causes apart."],
  };
  const open = { ...node!, cause: "UNDETERMINED" as const, explainedElements: 0, explanation };
  const text = reportMarkdown(drifting({ traces: [aTrace({ firstDrift: open, nodes: [open] })] }));
  const list = github.lexer(text).find((token): token is Tokens.List => token.type === "list");
  const item = plainText(list?.items[0]?.tokens ?? []);
  expect(item).toContain(
    "3 of 4 elements differ. Cause: UNDETERMINED, consistent with FUSED_MULTIPLY_ADD, SUMMATION_ORDER. WASM:",
  );
  expect(item).toContain("UNDETERMINED in node1 (Conv): Too few elements tell these causes apart.");
});

test("what failed, with its reason", () => {
  const text = reportMarkdown(incomplete());
  expect(text).toMatch(/^### ⚠️ isobit parity: INCOMPLETE/);
  expect(text).toContain("- ORIGIN\\_UNREACHABLE: no answer of CPU for 1 input. The origin cannot be reached.");
  expect(reportMarkdown(lonely())).toContain("Only CPU ran");
});

test("a wrong result and a violated certificate are in bold", () => {
  const text = reportMarkdown(everything());
  expect(text).toContain("### ❌ isobit parity: CERTIFICATE_VIOLATED");
  expect(text).toContain("- **CERTIFICATE\\_VIOLATED: proved, but 2 logits differ.**");
  expect(text).toContain("- **WRONG_RESULT** WASM first differs from CPU");
});

describe("external names", () => {
  /** All active tokens of the document, except our own. */
  function activeTokens(report: RunReport): Token[] {
    const active: Token[] = [];
    github.walkTokens(github.lexer(reportMarkdown(report)), (token) => {
      const ours =
        token.type === "html" && /^<\/?(details|summary)>|^<details><summary>Environment/.test(token.raw.trim());
      if (["html", "link", "image", "del", "def", "code", "blockquote"].includes(token.type) && !ours)
        active.push(token);
    });
    return active;
  }

  test("stay text: no HTML, link, image, mention or broken table", () => {
    expect(activeTokens(nasty())).toEqual([]);
    const text = reportMarkdown(nasty());
    expect(text).not.toMatch(/(^|\s)@team/);
    const [pairs] = tablesIn(text);
    expect(pairs?.rows[0]).toHaveLength(pairs?.header.length ?? -1);
  });

  test("are shown as they are", () => {
    const report = aReport({ rows: [aRow("a|b*c_d`e", { pairs: [{ ...equalRow("WASM"), verdict: "DRIFT" }] })] });
    expect(rowsOf(tablesIn(reportMarkdown(report))[1])[0]?.[0]).toBe("a|b*c_d`e");
    expect(NASTY).toContain("<img");
  });

  test("tables keep their columns with any name", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab|\\`*_<>[]()!~#-+ \n\t&@é") });
    fc.assert(
      fc.property(text, text, (input, device) => {
        const report = drifting();
        const tables = tablesIn(
          reportMarkdown({
            ...report,
            rows: report.rows.map((row) => ({ ...row, input })),
            environment: report.environment.map((source) => ({ ...source, device })),
          }),
        );
        expect(tables.map(({ rows }) => rows.length)).toEqual([1, 1, 2]);
        for (const { header, rows } of tables) for (const row of rows) expect(row).toHaveLength(header.length);
      }),
    );
  });
});
