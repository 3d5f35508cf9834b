import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOfError } from "#cli/exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { readGolden, writeGolden } from "#library/golden/golden-file.ts";
import { againstGolden, goldenOf } from "#library/golden/golden.ts";
import { goldenSchema } from "#library/golden/golden-schema.ts";
import { goldenMachine } from "#library/report/golden-machine.ts";
import { renderReport } from "#cli/report/text/render.ts";
import type { ReportedAnswer, RunReport } from "#library/report/run-report.ts";
import { JSON_FORMAT } from "#cli/report/formats/json.ts";
import { deliverReport } from "#cli/report/write-reports.ts";
import { answered, aReport, aRow, aSource, aViolation, failed, SHA } from "../support/reports.ts";

/** Each input with the results of WASM and CPU. */
function run(
  answers: Readonly<Record<string, readonly ReportedAnswer[]>>,
  overrides: Partial<RunReport> = {},
): RunReport {
  const rows = Object.entries(answers).map(([input, outputs]) => aRow(input, { outputs, pairs: [] }));
  return aReport({ rows, ...overrides });
}

const then = run({ "3": [answered("WASM"), answered("CPU")], "7": [answered("WASM"), answered("CPU")] });

/** One ULP away from the result of `answered`. */
const MOVED = [1.5 + 2 ** -23, -2];

describe("against a golden", () => {
  test("a run with the same bits is IDENTICAL, each source with itself", () => {
    const report = againstGolden(then, goldenOf(then));
    expect(report.pairs.map(({ reference, other, verdict }) => [reference, other, verdict])).toEqual([
      ["golden:WASM", "WASM", "IDENTICAL"],
      ["golden:CPU", "CPU", "IDENTICAL"],
    ]);
    expect(report).toMatchObject({ verdict: "IDENTICAL", outcome: "IDENTICAL", reference: "golden:CPU" });
  });

  test("a changed bit is found, with its input, its source and the distance", () => {
    const today = run({ "3": then.rows[0]!.outputs, "7": [answered("WASM", { logits: MOVED }), answered("CPU")] });
    const report = againstGolden(today, goldenOf(then));
    expect(report.outcome).toBe("DRIFT");
    expect(report.pairs[0]).toMatchObject({ verdict: "DRIFT", identical: 1, compared: 2, worstInput: "7", maxUlp: 1 });
    expect(report.pairs[0]?.outputs[0]?.statistics).toMatchObject({ elements: 4, worst: { input: "7", element: 0 } });
    expect(report.pairs[1]?.verdict).toBe("IDENTICAL");
    expect(report.rows[1]?.pairs.map(({ verdict }) => verdict)).toEqual(["DRIFT", "IDENTICAL"]);
  });

  test("saved bits are read back unchanged, and any change is found", () => {
    const logits = fc.array(fc.float(), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(logits, logits, (before, after) => {
        const saved = goldenOf(run({ "7": [answered("CPU", { logits: before })] }));
        const read = JSON.parse(JSON.stringify(saved)) as typeof saved;
        const report = againstGolden(run({ "7": [answered("CPU", { logits: after })] }), read);
        const bits = (values: readonly number[]): string =>
          [...new Uint32Array(Float32Array.from(values).buffer)].join();
        expect(report.verdict).toBe(bits(before) === bits(after) ? "IDENTICAL" : "DRIFT");
      }),
    );
  });

  test("today's sources are not compared with each other", () => {
    const apart = run({ "7": [answered("WASM", { logits: MOVED }), answered("CPU")] });
    expect(againstGolden(apart, goldenOf(apart)).verdict).toBe("IDENTICAL");
  });

  test("a tolerance applies here too, an output's own before the common one", () => {
    const today = run({ "3": then.rows[0]!.outputs, "7": [answered("WASM", { logits: MOVED }), answered("CPU")] });
    const within = { tolerance: { ulp: 0 }, outputTolerances: { logits: { ulp: 1 } }, options: {} };
    expect(againstGolden({ ...today, settings: within }, goldenOf(then)).verdict).toBe("WITHIN_TOLERANCE");
  });

  test("a violated certificate stays violated", () => {
    const violated = { ...then, certificateViolations: [aViolation()] };
    expect(againstGolden(violated, goldenOf(then)).outcome).toBe("CERTIFICATE_VIOLATED");
  });

  test("a missing source is INCOMPLETE, unless the run named its backends", () => {
    const onlyCpu = (answers: ReportedAnswer[]): ReportedAnswer[] => answers.filter(({ source }) => source === "CPU");
    const today = { ...then, rows: then.rows.map((row) => ({ ...row, outputs: onlyCpu([...row.outputs]) })) };
    const report = againstGolden(today, goldenOf(then));
    expect(report.verdict).toBe("INCOMPLETE");
    expect(report.pairs.map(({ other, verdict }) => [other, verdict])).toEqual(
      expect.arrayContaining([
        ["CPU", "IDENTICAL"],
        ["WASM", "INCOMPLETE"],
      ]),
    );
    const named = { ...today, settings: { ...today.settings, options: { backends: ["CPU"] } } };
    expect(againstGolden(named, goldenOf(then))).toMatchObject({ verdict: "IDENTICAL", pairs: [{ other: "CPU" }] });
  });

  test("a source that fails today is INCOMPLETE, never a match", () => {
    const today = run({ "3": then.rows[0]!.outputs, "7": [failed("WASM", "BACKEND_FAILED", "No."), answered("CPU")] });
    const report = againstGolden(today, goldenOf(then));
    expect(report.pairs[0]).toMatchObject({ verdict: "INCOMPLETE", compared: 1, identical: 1 });
    expect(report.outcome).toBe("INCOMPLETE");
  });

  test("a source that the run or the golden does not have is skipped", () => {
    const settings = { tolerance: null, outputTolerances: {}, options: { backends: ["CPU", "CUDA"] } };
    const today = run({ "3": [answered("CPU"), answered("CUDA")], "7": [answered("CPU"), answered("CUDA")] });
    const report = againstGolden({ ...today, settings }, goldenOf(then));
    expect(report.pairs.map(({ other }) => other)).toEqual(["CPU"]);
  });

  test("another machine and other versions are shown next to the current ones", () => {
    const environment = [aSource("CPU", "ORIGIN", { device: "another CPU", runtimeVersion: "1.0.0" })];
    const golden = goldenOf({ ...then, environment, startedAt: "2025-01-01T00:00:00.000Z", isobit: "0.9.0" });
    const report = againstGolden(then, golden);
    expect(report.environment.map(({ source, device, runtimeVersion }) => [source, device, runtimeVersion])).toEqual([
      ["golden:CPU", "another CPU", "1.0.0"],
      ["WASM", null, "1.2.3"],
      ["CPU", null, "1.2.3"],
    ]);
    expect(report.settings.options).toMatchObject({
      goldenSavedAt: "2025-01-01T00:00:00.000Z",
      goldenIsobit: "0.9.0",
    });
    expect(goldenMachine(report)).toEqual([
      "The golden of CPU was saved with another runtime: onnxruntime-node 1.0.0 then, onnxruntime-node 1.2.3 now.",
    ]);
  });

  test("another processor is said before anything else", () => {
    const onCpu = (cpuFeatures: readonly string[]): RunReport => ({
      ...then,
      environment: ["WASM", "CPU"].map((source) => aSource(source, "ORIGIN", { cpuFeatures, device: "a CPU" })),
    });
    const golden = goldenOf(onCpu(["avx2", "avx512f"]));
    const text = renderReport(againstGolden(onCpu(["avx2"]), golden));
    expect(text.split("\n\n")[1]).toBe(
      "The golden of WASM, CPU was saved with another set of CPU features: avx2 avx512f then, avx2 now.",
    );
    expect(goldenMachine(againstGolden(onCpu(["avx2", "avx512f"]), golden))).toEqual([]);
  });

  test("a golden that does not tell its CPU's features is read as before", () => {
    const { environment, ...rest } = goldenOf(then);
    const older = environment.map(({ source, device }) => ({ source, device }));
    const report = againstGolden(then, goldenSchema.parse({ ...rest, environment: older }));
    expect(goldenMachine(report)).toEqual([]);
  });
});

describe("a golden that cannot be compared is refused with the reason, and with exit code 2", () => {
  function refusal(today: RunReport, saved: RunReport = then): string {
    try {
      againstGolden(today, goldenOf(saved));
    } catch (error) {
      if (error instanceof IsobitError && exitCodeOfError(error) === 2) return error.message;
      throw error;
    }
    return "nothing was refused";
  }

  test("another model, by its executed bytes", () => {
    const models = [{ id: "digits", sha256: SHA("d"), executedSha256: SHA("f"), labels: ["zero", "one"] }];
    expect(refusal({ ...then, models })).toMatch(
      /ran model digits \(dddddddddddd\) then and digits \(ffffffffffff\) today/,
    );
  });

  test("an input with other bytes", () => {
    const rows = then.rows.map((row) => (row.input === "7" ? { ...row, inputSha256: SHA("0") } : row));
    expect(refusal({ ...then, rows })).toMatch(/input 7 has other bytes than then/);
  });

  test("an input that the golden does not have, or that did not run today", () => {
    expect(refusal(run({ "9": then.rows[0]!.outputs }))).toMatch(/it has no input 9\./);
    expect(refusal({ ...then, rows: [then.rows[0]!], total: 1 })).toMatch(/it has input 7, which did not run today/);
  });

  test("no common source", () => {
    const today = run({ "3": [answered("CUDA")], "7": [answered("CUDA")] });
    expect(refusal(today)).toMatch(/it holds WASM, CPU, and today CUDA ran/);
  });
});

describe("a report that cannot be saved is refused with the reason", () => {
  test.each<[string, RunReport, RegExp]>([
    [
      "an input that could not be read",
      { ...then, rows: [{ ...then.rows[0]!, inputSha256: null }] },
      /input 3 could not/,
    ],
    ["a report that keeps only some inputs", { ...then, total: 60_000 }, /holds 2 of the run's 60000 inputs/],
    ["no answer at all", run({ "7": [failed("CPU", "BACKEND_FAILED", "No.")] }), /no source gave bits/],
  ])("%s", (_name, report, reason) => {
    expect(() => goldenOf(report)).toThrow(reason);
  });

  test("results without their bits", () => {
    const { tensors, ...rest } = answered("CPU");
    const hashes = { ...rest, tensors: tensors.map((tensor) => ({ ...tensor, bits: null })) };
    expect(() => goldenOf(run({ "7": [hashes] }))).toThrow(/the bits of input 7 were left out/);
  });
});

describe("the file", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "isobit-golden-"))));
  afterEach(() => rm(folder, { recursive: true }));

  test("is read back unchanged, from a folder that it created", async () => {
    const path = await writeGolden(goldenOf(then), join(folder, "new", "golden.json"));
    expect(await readGolden(path)).toEqual(goldenOf(then));
  });

  test("is refused if it is damaged", async () => {
    const path = await writeGolden(goldenOf(then), join(folder, "golden.json"));
    const text = await readFile(path, "utf8");
    const [tensor] = then.rows[0]!.outputs[0]!.tensors;
    await writeFile(path, text.replace(tensor!.bits!, `B${tensor!.bits!.slice(1)}`));
    await expect(readGolden(path)).rejects.toThrow("the bits of input 3 do not match their own hash");
    await writeFile(path, text.replace('"golden"', '"parity"'));
    await expect(readGolden(path)).rejects.toThrow(/is not a golden \(kind: /);
    await writeFile(path, text.slice(0, 100));
    await expect(readGolden(path)).rejects.toMatchObject({ code: "INCOMPLETE" });
    await expect(readGolden(join(folder, "nowhere.json"))).rejects.toThrow(/nowhere\.json is missing\. Check the path/);
  });

  test("can be compared and replaced in one run", async () => {
    const path = join(folder, "golden.json");
    await writeGolden(goldenOf(then), path);
    const moved = [answered("WASM", { logits: MOVED }), answered("CPU")];
    const today = run({ "3": moved, "7": moved });
    const options = { out: folder, report: [JSON_FORMAT], save: path, against: path } as const;
    const { report, written } = await deliverReport(today, options);
    expect(report.outcome).toBe("DRIFT");
    expect(written).toEqual([path, join(folder, "parity_report.json")]);
    expect((await deliverReport(today, options)).report.outcome).toBe("IDENTICAL");
  });
});
