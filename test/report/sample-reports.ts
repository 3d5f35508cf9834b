import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunReport } from "#library/report/run-report.ts";
import { answered, aReport, aRow, aTrace, aViolation, compared, failed, missingRow } from "../support/reports.ts";

/** Two inputs, one of which drifts. @param drifts its name */
export function drifting(overrides: Partial<RunReport> = {}, drifts = "7"): RunReport {
  return compared(
    {
      "3": [answered("CPU"), answered("WASM")],
      [drifts]: [answered("CPU", { logits: [1.5, -2] }), answered("WASM", { logits: [1.5 + 2 ** -22, -2] })],
    },
    overrides,
  );
}

/** The reference is down, and one input could not be read. */
export function incomplete(): RunReport {
  const down = [answered("WASM"), failed("CPU", "ORIGIN_UNREACHABLE", "The origin cannot be reached.")];
  const nope = ["WASM", "CPU"].map((source) => failed(source, "IMAGE_NOT_FOUND", "No image is called nope."));
  return aReport({
    verdict: "INCOMPLETE",
    pairs: [{ ...drifting().pairs[0]!, verdict: "INCOMPLETE", compared: 0, outputs: [] }],
    rows: [
      aRow("7", { outputs: down, pairs: [missingRow("WASM")] }),
      aRow("nope", { inputSha256: null, outputs: nope, pairs: [missingRow("WASM")] }),
    ],
  });
}

/** Only one source ran. */
export function lonely(): RunReport {
  const rows = [aRow("7", { outputs: [answered("CPU")], pairs: [] })];
  return aReport({ verdict: "INCOMPLETE", rows, pairs: [] });
}

/** One of everything that a report can contain. */
export function everything(): RunReport {
  const plain = drifting({
    settings: {
      tolerance: { abs: 1e-9, ulp: 0 },
      outputTolerances: { logits: { rel: 1e-12 } },
      options: { images: ["3", "7"], levels: ["basic", "all"], threads: [1, 2], seed: 5, trace: true },
    },
    certificateViolations: [aViolation()],
    traces: [aTrace(), aTrace({ outcome: "WRONG_RESULT", weightsDiffer: ["conv2"], input: "3" })],
  });
  return { ...plain, rows: plain.rows.map((row) => ({ ...row, expected: 0, picture: IMAGE })) };
}

const IMAGE = readFileSync(join(import.meta.dirname, "..", "..", "images", "7.png")).toString("base64");

/** Names that try to break out of their context. */
export const NASTY = `</script><img src=x onerror="alert(1)">|\`*_[x](https://evil.example)]]>&\u0000\u0008 @team #1 -->'\n| é漢🧮`;

/** Every external text is nasty. */
export function nasty(): RunReport {
  const sources = { CPU: `CPU ${NASTY}`, WASM: `WASM ${NASTY}` };
  const rename = <Value>(value: Value): Value =>
    JSON.parse(
      JSON.stringify(value, (key, inner: unknown) =>
        ["source", "reference", "other"].includes(key) && typeof inner === "string"
          ? (sources[inner as "CPU"] ?? inner)
          : inner,
      ),
    ) as Value;
  const report = rename(everything());
  const trace = rename(aTrace({ input: NASTY }));
  const [first, second] = report.rows;
  return {
    ...report,
    models: [{ ...report.models[0]!, id: NASTY, labels: [NASTY, "one"] }],
    environment: report.environment.map((source) => ({ ...source, device: NASTY, runtime: NASTY, side: NASTY })),
    settings: { ...report.settings, options: { [NASTY]: NASTY } },
    rows: [
      first!,
      { ...second!, input: NASTY },
      { ...first!, input: "failed", outputs: [failed(sources.CPU, NASTY, NASTY)], pairs: [] },
    ],
    pairs: report.pairs.map((pair) => ({ ...pair, worstInput: NASTY })),
    certificateViolations: report.certificateViolations.map((violation) => ({ ...violation, message: NASTY })),
    traces: [
      { ...trace, weightsDiffer: [NASTY], nodes: trace.nodes.map((node) => ({ ...node, name: NASTY, op: NASTY })) },
    ],
  };
}
