import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CSV_COLUMNS, reportCsv } from "#cli/report/formats/csv.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { answered, aReport, aRow, aSource, EQUAL, equalRow, failed, missingRow, SHA } from "../support/reports.ts";

/** The header of the Paragon service's harness. */
const PARAGON = "image,cpu_pred,gpu_pred,match,cpu_latency_sec,gpu_latency_sec,max_abs_diff,mean_abs_diff,l2_diff";

function rowsOf(report: RunReport): Record<string, string>[] {
  return parse(reportCsv(report), { columns: true });
}

test("the header starts with Paragon's columns, in their order", () => {
  const [header] = reportCsv(aReport()).split("\n");
  expect(header).toBe(CSV_COLUMNS.join(","));
  expect(header?.startsWith(`${PARAGON},reference,other,`)).toBe(true);
});

test("cpu is the reference and gpu the other; Paragon's metrics are over probabilities, ours over logits", () => {
  const outputs = [
    answered("WASM", { label: "one", classIndex: 1, probabilities: [0.25, 0.75], latencyMs: 2 }),
    answered("CPU", { latencyMs: 0.1234 }),
  ];
  const drift = {
    ...EQUAL,
    verdict: "DRIFT",
    differingElements: 2,
    maxAbs: 1e-7,
    meanAbs: 6e-8,
    l2: 1.1e-7,
    maxUlp: 3,
  } as const;
  const pairs = [{ reference: "CPU", other: "WASM", labelsMatch: false, ...drift }];
  const row = aRow("7", { outputs, pairs, expected: 1 });
  expect(rowsOf(aReport({ rows: [row] }))).toEqual([
    {
      image: "7",
      cpu_pred: "0",
      gpu_pred: "1",
      match: "false",
      cpu_latency_sec: "0.000123",
      gpu_latency_sec: "0.002000",
      max_abs_diff: "0.5",
      mean_abs_diff: "0.5",
      l2_diff: String(Math.SQRT1_2),
      reference: "CPU",
      other: "WASM",
      verdict: "DRIFT",
      reference_label: "zero",
      other_label: "one",
      differing_elements: "2",
      non_finite_elements: "0",
      logit_max_abs: "1e-7",
      logit_mean_abs: "6e-8",
      logit_l2: "1.1e-7",
      max_ulp: "3",
      input_sha256: "a".repeat(64),
      reference_logits_sha256: outputs[1]!.tensors[0]!.sha256,
      other_logits_sha256: outputs[0]!.tensors[0]!.sha256,
      reference_error: "",
      other_error: "",
      model: "digits",
      model_sha256: SHA("d"),
      other_model: "digits",
      other_model_sha256: SHA("d"),
      expected: "1",
    },
  ]);
});

test("one row per image and pair", () => {
  const pairs = [equalRow("WASM"), equalRow("CUDA")];
  const outputs = [answered("WASM"), answered("CPU"), answered("CUDA")];
  const rows = rowsOf(aReport({ rows: ["3", "7"].map((image) => aRow(image, { outputs, pairs })) }));
  expect(rows.map(({ image, other }) => `${image} ${other}`)).toEqual(["3 WASM", "3 CUDA", "7 WASM", "7 CUDA"]);
});

test("a missing result has no match and no metrics, but the error's code", () => {
  const outputs = [answered("WASM"), failed("CPU", "ORIGIN_UNREACHABLE", "Down.")];
  const row = aRow("7", { outputs, pairs: [missingRow("WASM")] });
  const [only] = rowsOf(aReport({ rows: [row] }));
  expect(only).toMatchObject({ cpu_pred: "", gpu_pred: "0", match: "", max_abs_diff: "", differing_elements: "" });
  expect(only).toMatchObject({
    verdict: "INCOMPLETE",
    max_ulp: "",
    reference_error: "ORIGIN_UNREACHABLE",
    other_error: "",
  });
});

test("the results of a single backend are rows too", () => {
  const row = aRow("7", { outputs: [answered("CPU")], pairs: [] });
  const [only] = rowsOf(aReport({ verdict: "INCOMPLETE", rows: [row], pairs: [] }));
  expect(only).toMatchObject({
    image: "7",
    cpu_pred: "0",
    gpu_pred: "",
    match: "",
    reference: "CPU",
    other: "",
    verdict: "INCOMPLETE",
    other_model: "",
  });
});

test("a model that is not a classifier has no predictions, but a hash per output", () => {
  const outputs = ["WASM", "CPU"].map((source) => {
    const { tensors, ...answer } = answered(source);
    const [tensor] = tensors;
    return { ...answer, prediction: null, tensors: [tensor!, { ...tensor!, name: "state", sha256: SHA("c") }] };
  });
  const row = aRow("in.npy", { outputs, pairs: [{ ...equalRow("WASM"), labelsMatch: null }] });
  const [only] = rowsOf(aReport({ rows: [row] }));
  expect(only).toMatchObject({ image: "in.npy", cpu_pred: "", match: "", max_abs_diff: "", verdict: "IDENTICAL" });
  expect(only?.["other_logits_sha256"]).toBe(outputs[0]!.tensors.map(({ sha256 }) => sha256).join(" "));
});

test("two models are distinguished", () => {
  const model = { id: "twin", sha256: SHA("f"), executedSha256: SHA("f"), labels: null };
  const plain = aReport();
  const report = {
    ...plain,
    models: [...plain.models, model],
    environment: [aSource("WASM", "EDGE", { model: 1 }), aSource("CPU", "ORIGIN")],
  };
  expect(rowsOf(report)[0]).toMatchObject({ model: "digits", other_model: "twin", other_model_sha256: SHA("f") });
});

test("any name and any number can be read back from the file", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab,;\"'\n\t é漢") });
  const metric = fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(text, text, metric, (image, label, maxAbs) => {
      const outputs = [answered("WASM", { label }), answered("CPU", { label })];
      const pairs = [{ reference: "CPU", other: "WASM", labelsMatch: true, ...EQUAL, maxAbs }];
      const [row] = rowsOf(aReport({ rows: [aRow(image, { outputs, pairs })] }));
      expect(row).toMatchObject({ image, reference_label: label, other_label: label });
      expect(row?.["logit_max_abs"] === "" ? null : Number(row?.["logit_max_abs"])).toBe(maxAbs);
    }),
  );
});
