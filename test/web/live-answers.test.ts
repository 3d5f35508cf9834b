import { describe, expect, it } from "vitest";
import { compareRows } from "../../web/answers/compare.ts";
import { contradictionOf } from "../../web/answers/contradiction.ts";
import { LiveAnswers } from "../../web/answers/live.ts";
import { sketchSentence } from "../../web/answers/sentence.ts";
import type { AnswerRow, AnswerSource, SketchRequest, SourceResponse } from "../../web/answers/source.ts";

function answered(source: string, logits: readonly number[], label = "0"): AnswerRow {
  const probabilities = logits.map(() => 0.5);
  return { source, ok: true, label, probabilities, logits: Float32Array.from(logits), latencyMs: 1 };
}
const missing = (source: string): AnswerRow => ({
  source,
  ok: false,
  code: "ORIGIN_UNREACHABLE",
  message: "It is gone.",
});

const request = (model = "m"): SketchRequest => ({ pixels: Uint8Array.of(1), model });

/** A source that answers on demand. */
function heldSource(id: string, quick = false) {
  const asked: { signal: AbortSignal; answer(rows: readonly AnswerRow[]): void; fail(error: Error): void }[] = [];
  const source: AnswerSource = {
    id,
    quick,
    ask: (_, signal) =>
      new Promise<SourceResponse>((resolve, reject) => {
        asked.push({ signal, answer: (rows) => resolve({ rows, alarms: [] }), fail: reject });
      }),
  };
  return { source, asked };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("live answers", () => {
  it("cancel a request when there is a newer one, and never show its results", async () => {
    const live = new LiveAnswers();
    const { source, asked } = heldSource("a");
    live.ask(request(), [source]);
    live.ask(request(), [source]);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    asked[0]?.answer([answered("A", [1, 2], "old")]);
    await settle();
    expect(live.snapshot().rows.size).toBe(0);
    asked[1]?.answer([answered("A", [1, 2], "new")]);
    await settle();
    const { rows, number, waiting } = live.snapshot();
    expect(rows.get("A")).toEqual({ number, row: expect.objectContaining({ label: "new" }) });
    expect(waiting).toBe(0);
  });

  it("run only quick sources while a stroke grows, once per interval, with the last request", async () => {
    const live = new LiveAnswers();
    const quick = heldSource("quick", true);
    const slow = heldSource("slow");
    for (let event = 0; event < 5; event++) live.askWhileDrawing(request(`m${event}`), [quick.source, slow.source]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([quick.asked.length, slow.asked.length]).toEqual([1, 0]);
    expect(live.snapshot()).toMatchObject({ settled: false, request: { model: "m4" } });
    live.askWhileDrawing(request("m5"), [quick.source, slow.source]);
    live.ask(request("m6"), [quick.source, slow.source]);
    expect([quick.asked.length, slow.asked.length]).toEqual([2, 1]);
    expect(live.snapshot()).toMatchObject({ settled: true, request: { model: "m6" }, waiting: 2 });
    live.stop();
  });

  it("keep rows of an older request of the same model, marked as old, until they are replaced", async () => {
    const live = new LiveAnswers();
    const { source, asked } = heldSource("a");
    live.ask(request(), [source]);
    asked[0]?.answer([answered("A", [1]), answered("B", [1])]);
    await settle();
    live.ask(request(), [source]);
    expect([...live.snapshot().rows.values()].map(({ number }) => number)).toEqual([1, 1]);
    expect(live.snapshot().number).toBe(2);
    asked[1]?.answer([answered("A", [2])]);
    await settle();
    // B did not answer the newer request: it is gone.
    expect([...live.snapshot().rows.keys()]).toEqual(["A"]);
    live.ask(request("another"), [source]);
    expect(live.snapshot().rows.size).toBe(0);
    live.stop();
  });

  it("report failures, and continue with the other sources", async () => {
    const live = new LiveAnswers();
    const [good, bad] = [heldSource("good"), heldSource("bad")];
    live.ask(request(), [good.source, bad.source]);
    good.asked[0]?.answer([answered("A", [1]), missing("CPU")]);
    bad.asked[0]?.fail(new Error("no such luck"));
    await settle();
    const { failures, rows, waiting } = live.snapshot();
    expect(waiting).toBe(0);
    expect([...rows.keys()]).toEqual(["A", "CPU"]);
    expect(failures.map(({ code, extent }) => [code, extent])).toEqual([
      ["ORIGIN_UNREACHABLE", "CPU"],
      ["BACKEND_FAILED", null],
    ]);
  });
});

describe("a sketch's verdict", () => {
  it("is IDENTICAL only if every bit of every row is", () => {
    const comparison = compareRows([answered("WASM", [1, 2]), answered("CPU", [1, 2]), answered("BROWSER", [1, 2])]);
    expect(comparison).toMatchObject({ verdict: "IDENTICAL", reference: "CPU" });
    expect(sketchSentence(comparison)).toBe("WASM, CPU, and BROWSER gave the same bits: all 2 logits are equal.");
  });

  it("is DRIFT for a zero's sign alone", () => {
    const comparison = compareRows([answered("WASM", [0, 2]), answered("CPU", [-0, 2])]);
    expect(comparison.verdict).toBe("DRIFT");
    expect(sketchSentence(comparison)).toBe("WASM differs from CPU in 1 logit by at most 0 (0 ULP). The label agrees.");
  });

  it("says that a label changed", () => {
    const comparison = compareRows([answered("CPU", [1, 2], "1"), answered("CUDA", [3, 2], "0")]);
    expect(sketchSentence(comparison)).toContain("The label changed.");
  });

  it.each<[string, AnswerRow[], string]>([
    ["one row alone", [answered("WASM", [1])], "Only one backend ran"],
    ["a row without an answer", [answered("WASM", [1]), missing("CPU")], "CPU failed"],
    ["no answer at all", [missing("WASM"), missing("CPU")], "WASM and CPU failed"],
  ])("has no verdict for %s", (_, rows, words) => {
    const comparison = compareRows(rows);
    expect(comparison.verdict).toBe("INCOMPLETE");
    expect(sketchSentence(comparison)).toContain(words);
  });
});

describe("the listed backends and the results", () => {
  const live = (rows: readonly AnswerRow[], failures: readonly string[] = []) => ({
    number: 2,
    rows: new Map([
      ["OLD", { row: missing("OLD"), number: 1 }],
      ...rows.map((row) => [row.source, { row, number: 2 }] as const),
    ]),
    failures: failures.map((code) => ({ code, message: "", advice: "", extent: null })),
  });
  const listed = (CPU: boolean) => [
    { backend: "WASM", available: true } as const,
    { backend: "CPU", available: CPU } as const,
  ];

  it("agree if both say the same of each", () => {
    expect(contradictionOf(live([answered("WASM", [1]), answered("CPU", [1])]), listed(true))).toBe("");
    expect(contradictionOf(live([answered("WASM", [1]), missing("CPU")]), listed(false))).toBe("");
    expect(contradictionOf(live([]), listed(true))).toBe("");
    expect(contradictionOf(live([]), undefined)).toBe("");
  });

  it("disagree if an available backend became unavailable, or the reverse", () => {
    expect(contradictionOf(live([answered("WASM", [1]), missing("CPU")]), listed(true))).toBe("CPU");
    expect(contradictionOf(live([answered("CPU", [1])]), listed(false))).toBe("CPU");
    expect(contradictionOf(live([], ["EDGE_UNREACHABLE"]), listed(true))).toBe("no edge");
    expect(contradictionOf(live([answered("WASM", [1])]), undefined)).toBe("no statuses");
  });

  it("agree if an available backend only failed", () => {
    const failed: AnswerRow = { source: "CPU", ok: false, code: "BACKEND_FAILED", message: "It broke." };
    expect(contradictionOf(live([failed]), listed(true))).toBe("");
  });
});
