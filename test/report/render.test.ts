import { stripVTControlCharacters, styleText } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { renderReport } from "#cli/report/text/render.ts";
import { INCOMPLETE_DRIFT } from "#library/report/drift.ts";
import type { RunReport } from "#library/report/run-report.ts";
import {
  answered,
  aPair,
  aReport,
  aRow,
  aSource,
  aTrace,
  aViolation,
  compared,
  EQUAL,
  equalRow,
  failed,
  missingRow,
} from "../support/reports.ts";
import { aNode } from "../support/traced-nodes.ts";

/** Without colours, which depend on where the tests run. */
function shown(report: RunReport, options: { verbose?: boolean } = {}): string {
  return stripVTControlCharacters(renderReport(report, options));
}

const DRIFT = {
  ...EQUAL,
  verdict: "DRIFT",
  differingElements: 2,
  maxAbs: 0.000_012_345,
  meanAbs: 1e-5,
  l2: 2e-5,
  maxUlp: 1940,
} as const;
const DOWN = "The origin at http://127.0.0.1:4000 cannot be reached.";

describe("two backends", () => {
  const report = aReport({
    verdict: "DRIFT",
    rows: [aRow("3"), aRow("7", { pairs: [{ reference: "CPU", other: "WASM", labelsMatch: true, ...DRIFT }] })],
    pairs: [aPair({ ...DRIFT, compared: 2, identical: 1, worstInput: "7" })],
  });

  test("print the backends, one line per image, a summary and the verdict", () => {
    expect(shown(report)).toBe(`Model digits (sha256 dddddddddddd), 2 images. Tolerance: bits must be equal.

source           side    runtime                 provider              level     device
WASM             edge    onnxruntime-web 1.2.3   CPUExecutionProvider  extended  -
CPU (reference)  origin  onnxruntime-node 1.2.3  CPUExecutionProvider  extended  -

image  CPU   WASM  verdict    max |delta|  max ULP  CPU ms (mean)  WASM ms (mean)
3      zero  zero  IDENTICAL            0        0           1.25            1.25
7      zero  zero  DRIFT          1.23e-5     1940           1.25            1.25
WASM against CPU: DRIFT; 2 of 2 images compared, 1 equal in every bit, 0 labels differ, 2 logits differ, max |delta| 1.23e-5, max ULP 1940, worst image 7

Outcome: DRIFT: bits differ.
Float32 models drift between backends; --abs, --rel and --ulp set a tolerance.
`);
  });

  test("a drift too small for any decimal is never shown as 0", () => {
    const tiny = { ...DRIFT, maxAbs: 1.4e-45, maxUlp: 1 };
    const row = aRow("7", { pairs: [{ reference: "CPU", other: "WASM", labelsMatch: true, ...tiny }] });
    expect(shown(aReport({ rows: [row] }))).toContain("1.40e-45");
  });

  test("probabilities are shown on request, with every digit", () => {
    const outputs = [answered("WASM", { probabilities: [0.123456789012345, null] }), answered("CPU")];
    const plain = aReport({ rows: [aRow("7", { outputs })] });
    expect(shown(plain)).not.toContain("p(WASM)");
    expect(shown(plain, { verbose: true })).toContain(
      [
        "image 7  p(WASM)            p(CPU)",
        "  zero   0.123456789012345  0.75",
        "  one    -                  0.25",
      ].join("\n"),
    );
  });
});

test("if bits differ, the distribution of the differences and their effect on predictions follow", () => {
  const one = Float32Array.of(1)[0]!;
  const near = one + 2 ** -23;
  const text = shown(
    compared({
      "3": [answered("CPU", { logits: [1, -2] }), answered("WASM", { logits: [near, -2] })],
      "7": [answered("CPU", { logits: [0, 4] }), answered("WASM", { logits: [0, 4] })],
    }),
  );
  expect(text).toContain("\n  |delta|: mean 2.98e-8, median 0, 90 % 8.34e-8, 99 % 1.16e-7, 99.9 % 1.19e-7\n");
  expect(text).toContain("\n  ULP: mean 0.25, median 0, 90 % 0.7, 99 % 0.97, 99.9 % 0.997\n");
  expect(text).toMatch(/\n {2}cosine 1 - \d\.\de-16, PSNR 160\.\d dB, top-1 100 %, KL \d\.\d\de-16 nats\n/);
});

test("if every bit is equal, they are left out", () => {
  const same = answered("CPU");
  expect(shown(compared({ "7": [same, answered("WASM")] }))).not.toContain("cosine");
});

test("each further backend has its own table and summary", () => {
  const outputs = [answered("WASM"), answered("CPU"), answered("CUDA")];
  const pairs = [equalRow("WASM"), equalRow("CUDA")];
  const report = aReport({ rows: [aRow("7", { outputs, pairs })], pairs: [aPair(), aPair({ other: "CUDA" })] });
  const text = shown(report);
  expect(text).toContain("WASM against CPU: IDENTICAL;");
  expect(text).toContain("CUDA against CPU: IDENTICAL;");
  expect(text.match(/^image /gm)).toHaveLength(2);
});

test("a violated certificate is an alarm, not ordinary drift", () => {
  const violation = aViolation({ modelSha256: "mmm", inputSha256: "iii" });
  const text = shown(aReport({ verdict: "DRIFT", certificateViolations: [violation] }));
  expect(text).toContain("CERTIFICATE_VIOLATED: proved, but 2 logits differ.\n  model mmm\n  input iii\n");
  expect(text).not.toContain("may pass");
});

describe("what failed", () => {
  const missing = [missingRow("WASM")];
  const down = [answered("WASM"), failed("CPU", "ORIGIN_UNREACHABLE", DOWN)];
  const nope = ["WASM", "CPU"].map((source) => failed(source, "IMAGE_NOT_FOUND", "No image is called nope."));

  test("a backend that is down is reported once for all images, with advice", () => {
    const text = shown(
      aReport({
        verdict: "INCOMPLETE",
        rows: ["3", "7"].map((image) => aRow(image, { outputs: down, pairs: missing })),
        pairs: [aPair({ ...INCOMPLETE_DRIFT, compared: 0, identical: 0 })],
      }),
    );
    expect(text).toContain("3      -    zero  INCOMPLETE            -        -       -            1.25");
    expect(text).toContain("WASM against CPU: INCOMPLETE; 0 of 2 images compared\n");
    expect(text).toContain(
      `ORIGIN_UNREACHABLE: no answer of CPU for every image\n  ${DOWN}\n  Try again once the origin is running.`,
    );
    expect(text.split(DOWN)).toHaveLength(2);
    expect(text).toContain(
      "Outcome: INCOMPLETE: an answer is missing or not repeatable, so the comparison is inconclusive.\n",
    );
  });

  test("a missing image is named", () => {
    const rows = [aRow("7"), aRow("nope", { inputSha256: null, outputs: nope, pairs: missing })];
    const text = shown(aReport({ verdict: "INCOMPLETE", rows }));
    expect(text).toContain("IMAGE_NOT_FOUND: no answer of WASM, CPU for image nope\n  No image is called nope.");
  });

  test("the results of a single backend are listed, with what a comparison needs", () => {
    const rows = [aRow("7", { outputs: [answered("CPU")], pairs: [] })];
    const text = shown(aReport({ verdict: "INCOMPLETE", rows, pairs: [] }));
    expect(text).toContain("image  CPU   CPU ms\n7      zero    1.25\nOnly CPU ran.");
  });
});

describe("parity, compare and sweep", () => {
  const kinds = ["parity", "compare", "sweep"] as const;
  const outcomes = [
    ["IDENTICAL", "green", {}],
    ["WITHIN_TOLERANCE", "green", {}],
    ["DRIFT", "yellow", {}],
    ["INCOMPLETE", "yellow", {}],
    ["WRONG_RESULT", "red", { traces: [aTrace({ outcome: "WRONG_RESULT" })] }],
    ["CERTIFICATE_VIOLATED", "red", { certificateViolations: [aViolation()] }],
  ] as const;

  beforeEach(() => vi.stubEnv("FORCE_COLOR", "1"));
  afterEach(() => vi.unstubAllEnvs());

  test.each(outcomes)("show %s in the same words and colour", (outcome, colour, found) => {
    const verdict = outcome === "WRONG_RESULT" || outcome === "CERTIFICATE_VIOLATED" ? "WITHIN_TOLERANCE" : outcome;
    const endings = kinds.map((kind) => renderReport(aReport({ kind, verdict, ...found })).split("Outcome: ")[1]);
    expect(endings[0]).toContain(styleText(colour, outcome, { validateStream: false }));
    expect(new Set(endings).size).toBe(1);
  });

  test("are coloured only if colours are enabled", () => {
    const report = aReport({ verdict: "DRIFT" });
    expect(renderReport(report)).not.toBe(shown(report));
    vi.stubEnv("FORCE_COLOR", undefined);
    vi.stubEnv("NO_COLOR", "1");
    expect(renderReport(report)).toBe(shown(report));
  });

  test("describe the same failure and the same alarm in the same way", () => {
    const rows = [aRow("7", { outputs: [answered("CPU"), failed("WASM", "TIMEOUT", "It took too long.")], pairs: [] })];
    for (const kind of kinds) {
      const text = shown(aReport({ kind, rows, certificateViolations: [aViolation({ modelSha256: "mmm" })] }));
      expect(text).toMatch(/^TIMEOUT: no answer of WASM for every (image|input)\n {2}It took too long\.$/m);
      expect(text).toContain("CERTIFICATE_VIOLATED: proved, but 2 logits differ.\n  model mmm\n");
    }
  });

  test("a failing input is named, and a long list is shortened", () => {
    const rows = Array.from({ length: 22 }, (_, index) =>
      aRow(String(index), { outputs: [failed("CPU", "TIMEOUT", "It took too long.")], pairs: [] }),
    );
    expect(shown(aReport({ kind: "sweep", rows, total: 100 }))).toMatch(/for images 0, 1, .* 19 and 2 more$/m);
  });

  test("a source that did not run is skipped with its reason, unless its failure says so", () => {
    const cuda = aSource("CUDA", "ORIGIN", { available: false, reason: "no NVIDIA driver" });
    const environment = [aSource("WASM", "EDGE"), aSource("CPU", "ORIGIN"), cuda];
    for (const kind of kinds)
      expect(shown(aReport({ kind, environment }))).toContain("\nCUDA skipped: no NVIDIA driver\n");
    const rows = [aRow("7", { outputs: [failed("CUDA", "BACKEND_UNAVAILABLE", "no NVIDIA driver")] })];
    expect(shown(aReport({ environment, rows }))).not.toContain("skipped");
  });

  test("a comparison and a sweep have one line per pair, and every input on request", () => {
    const report = aReport({ kind: "compare", settings: { ...aReport().settings, options: { inputs: "3 files" } } });
    const text = shown(report);
    expect(text).toContain("1 input: 3 files. Tolerance: bits must be equal.");
    expect(text).toMatch(/^WASM against CPU {2}IDENTICAL {5}1 of 1 /m);
    expect(text).not.toMatch(/^input +reference/m);
    expect(shown(report, { verbose: true })).toMatch(/^7 +CPU +WASM +IDENTICAL +0 +0 +0 +0$/m);
    expect(shown(aReport({ kind: "compare", traces: [aTrace()] }))).toContain("WASM first differs from CPU in node 1");
    const refused = (name: string) =>
      aNode({
        name,
        op: "Shape",
        elements: 0,
        note: `${JSON.stringify(`${name}:0`)} was not compared: it was refused`,
      });
    const nodes = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"].map(refused);
    const unknown = shown(
      aReport({ kind: "compare", traces: [aTrace({ firstDrift: null, nodes: [aNode(), ...nodes] })] }),
    );
    expect(unknown).toContain("WASM and CPU agree in every node that was compared on input");
    expect(unknown).toContain(
      "Unknown: s1 (Shape), s2 (Shape), s3 (Shape), s4 (Shape), s5 (Shape) and 2 more. Not compared: it was refused",
    );
    expect(shown(aReport({ kind: "compare", pairs: [] }))).toContain("or vary one with --levels");
  });
});
