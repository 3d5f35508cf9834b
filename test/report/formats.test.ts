import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { REPORT_FORMATS } from "#cli/report/formats.ts";
import { reportJson } from "#cli/report/json.ts";
import { addReportOptions, type ReportOptions } from "#cli/report/options.ts";
import { deliverReport, writeReports, writtenText } from "#cli/report/write-reports.ts";
import { everything } from "./sample-reports.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "isobit-formats-"))));
afterEach(() => rm(folder, { recursive: true }));

function optionsOf(...args: string[]): ReportOptions {
  const command = addReportOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: "user" }).opts<ReportOptions>();
}

test("JSON and CSV are written unless another format is asked for", async () => {
  const { written } = await deliverReport(everything(), { ...optionsOf(), out: folder });
  expect(written).toEqual(["parity_report.json", "parity_summary.csv"].map((name) => join(folder, name)));
  await deliverReport(everything(), optionsOf("--out", join(folder, "deep", "er"), "--report", "md"));
  expect(await readdir(join(folder, "deep", "er"))).toEqual(["parity_report.md"]);
});

test("what an earlier run left is replaced, and that is said", async () => {
  const first = await writeReports(everything(), { folder, formats: ["json"] });
  expect(first.replaced).toEqual([]);
  expect(writtenText(first)).toBe(`Written: ${join(folder, "parity_report.json")}\n`);
  const second = await writeReports(everything(), { folder, formats: ["json", "csv"] });
  expect(writtenText(second).split("\n").slice(1)).toEqual([
    "Replaced an earlier run's parity_report.json; --out keeps runs apart.",
    "",
  ]);
});

test("all formats, each of the one report", async () => {
  const report = everything();
  const { written: paths } = await writeReports(report, { folder, formats: optionsOf("--report", "all").report! });
  expect((await readdir(folder)).toSorted()).toEqual([
    "parity_junit.xml",
    "parity_report.html",
    "parity_report.json",
    "parity_report.md",
    "parity_summary.csv",
  ]);
  expect(await readFile(join(folder, "parity_report.json"), "utf8")).toBe(reportJson(report));
  // Each names the model's hash and the input that drifts.
  for (const path of paths) {
    const text = await readFile(path, "utf8");
    expect(text).toContain("d".repeat(64));
    expect(text).toContain("2.38");
  }
});

test("names of formats: lists, several options, any case, and a refusal that says what there is", () => {
  expect(optionsOf("--report", "JUnit, html").report).toEqual(["junit", "html"]);
  expect(optionsOf("--report", "md", "--report", "csv,md").report).toEqual(["md", "csv"]);
  expect(optionsOf("--report", "all").report).toEqual(REPORT_FORMATS);
  expect(() => optionsOf("--report", "pdf")).toThrow("Known formats: json, csv, junit, md, html, all.");
});

test("a folder that cannot be written to is bad usage", async () => {
  const below = join(import.meta.filename, "below-a-file");
  await expect(writeReports(everything(), { folder: below, formats: ["json"] })).rejects.toMatchObject({
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
