import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REPORT_PARTS, type ReportPart } from "#cli/report/format.ts";
import { parseFormats, REPORT_FORMATS } from "#cli/report/formats.ts";
import { reportJson } from "#cli/report/formats/json.ts";
import { addReportOptions, type ReportOptions } from "#cli/report/options.ts";
import { deliverReport, writeReports, writtenText } from "#cli/report/write-reports.ts";
import type { RunReport } from "#library/report/run-report.ts";
import { answered, aPair, aReport, aRow, aSource, aTrace, aViolation, failed, missingRow } from "../support/reports.ts";
import { drifting, everything } from "./sample-reports.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "isobit-formats-"))));
afterEach(() => rm(folder, { recursive: true }));

function optionsOf(...args: string[]): ReportOptions {
  const command = addReportOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: "user" }).opts<ReportOptions>();
}

test("JSON and CSV are the default formats", async () => {
  const { written } = await deliverReport(everything(), { ...optionsOf(), out: folder });
  expect(written).toEqual(["parity_report.json", "parity_summary.csv"].map((name) => join(folder, name)));
  await deliverReport(everything(), optionsOf("--out", join(folder, "deep", "er"), "--report", "md"));
  expect(await readdir(join(folder, "deep", "er"))).toEqual(["parity_report.md"]);
});

test("files of an earlier run are replaced, with a message", async () => {
  const first = await writeReports(everything(), { folder, formats: parseFormats("json") });
  expect(first.replaced).toEqual([]);
  expect(writtenText(first)).toBe(`Wrote ${join(folder, "parity_report.json")}\n`);
  const second = await writeReports(everything(), { folder, formats: parseFormats("json,csv") });
  expect(writtenText(second).split("\n").slice(1)).toEqual([
    "Replaced an earlier run's parity_report.json; use --out to keep both.",
    "",
  ]);
});

test("all formats, from the same report", async () => {
  const report = everything();
  const { written: paths } = await writeReports(report, { folder, formats: optionsOf("--report", "all").report! });
  expect((await readdir(folder)).toSorted()).toEqual(REPORT_FORMATS.map(({ file }) => file).toSorted());
  expect(await readFile(join(folder, "parity_report.json"), "utf8")).toBe(reportJson(report));
  // Each names the model's hash and the input that drifts.
  for (const path of paths) {
    const text = await readFile(path, "utf8");
    expect(text).toContain("d".repeat(64));
    expect(text).toContain("2.38");
  }
});

test("names of formats: lists, several options, any case, and an error that lists the known ones", () => {
  const names = (...args: string[]): string[] => optionsOf(...args).report!.map(({ name }) => name);
  expect(names("--report", "JUnit, html")).toEqual(["junit", "html"]);
  expect(names("--report", "md", "--report", "csv,md")).toEqual(["md", "csv"]);
  const all = names("--report", "all");
  expect(all).toEqual(expect.arrayContaining(["json", "csv", "junit", "md", "html"]));
  expect(all).toHaveLength(REPORT_FORMATS.length);
  expect(() => optionsOf("--report", "pdf")).toThrow(`Known formats: ${all.join(", ")}, all.`);
});

test("a folder that is not writable is a usage error", async () => {
  const below = join(import.meta.filename, "below-a-file");
  await expect(writeReports(everything(), { folder: below, formats: parseFormats("json") })).rejects.toMatchObject({
    code: "BAD_OPTION",
  });
});

test("the same report always gives the same files", async () => {
  const twice = [join(folder, "a"), join(folder, "b")];
  for (const each of twice) await writeReports(everything(), { folder: each, formats: REPORT_FORMATS });
  for (const name of await readdir(twice[0]!)) {
    const [one, other] = await Promise.all(twice.map((each) => readFile(join(each, name), "utf8")));
    expect(one).toBe(other);
  }
});

describe("a format is complete", () => {
  test("each module of the folder is registered, and each format has its own test", async () => {
    const modules = await readdir("cli/report/formats");
    const tests = await readdir("test/report");
    for (const module of modules) {
      const exported = Object.values((await import(join("..", "..", "cli", "report", "formats", module))) as object);
      expect(
        exported.filter((each) => REPORT_FORMATS.includes(each as never)),
        module,
      ).toHaveLength(1);
      const name = basename(module, ".ts");
      expect(
        tests.filter((file) => file.startsWith(name) && file.endsWith(".test.ts")),
        module,
      ).not.toEqual([]);
    }
    expect(modules).toHaveLength(REPORT_FORMATS.length);
  });

  test("names and files are unique", () => {
    for (const key of ["name", "file"] as const) {
      expect(new Set(REPORT_FORMATS.map((format) => format[key])).size).toBe(REPORT_FORMATS.length);
    }
  });

  test.each(REPORT_FORMATS)("docs/ci.md has a row for $name", async ({ name, file, purpose, holds }) => {
    const shown = holds.length === REPORT_PARTS.length ? "every part" : holds.join(", ");
    const rows = (await readFile("docs/ci.md", "utf8")).replaceAll(/ +/g, " ").split("\n");
    expect(rows).toContain(`| \`${name}\` | \`${file}\` | ${purpose} | ${shown} |`);
  });
});

describe("a format's text contains exactly the parts that it declares", () => {
  const [pair] = drifting().pairs;
  const [output] = pair!.outputs;
  const statistics = { ...output!.statistics!, psnr: 77.75 };
  const down = [answered("WASM"), failed("CPU", "A_CODE_OF_ITS_OWN", "It is down.")];
  const images = drifting().rows.map((row) => ({ ...row, picture: "APictureOfItsOwn" }));
  const bits = answered("CPU").tensors[0]!.bits!;

  /** For each part, a report that has it and a text that identifies it. */
  const samples: Readonly<Record<ReportPart, readonly [text: string, report: RunReport]>> = {
    inputs: ["an-input", drifting({}, "an-input")],
    errors: [
      "A_CODE_OF_ITS_OWN",
      aReport({
        verdict: "INCOMPLETE",
        rows: [aRow("7", { outputs: down, pairs: [missingRow("WASM")] })],
        pairs: [aPair({ verdict: "INCOMPLETE", compared: 0 })],
      }),
    ],
    statistics: ["77.", { ...drifting(), pairs: [{ ...pair!, outputs: [{ ...output!, statistics }] }] }],
    environment: [
      "a device",
      aReport({ environment: [aSource("WASM", "EDGE"), aSource("CPU", "ORIGIN", { device: "a device" })] }),
    ],
    traces: [
      "first-node",
      aReport({ traces: [aTrace({ firstDrift: { ...aTrace().firstDrift!, name: "first-node" } })] }),
    ],
    violations: ["proved, but", aReport({ certificateViolations: [aViolation()] })],
    images: ["APictureOfItsOwn", { ...drifting(), rows: images }],
    tensors: [bits, aReport()],
  };

  test.each(REPORT_FORMATS.flatMap((format) => REPORT_PARTS.map((part) => ({ name: format.name, part, format }))))(
    "$name: $part",
    async ({ part, format }) => {
      const [text, report] = samples[part];
      // Markdown escapes its own syntax.
      const written = (await format.write(report)).replaceAll("\\", "");
      expect(written.includes(text)).toBe(format.holds.includes(part));
    },
  );
});
