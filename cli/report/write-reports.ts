import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readGolden, requireWritableGolden, writeGolden } from "#library/golden/golden-file.ts";
import { againstGolden, goldenOf } from "#library/golden/golden.ts";
import type { Golden } from "#library/golden/golden-schema.ts";
import { makeFolder, requireWritable, unwritable } from "#library/output-file.ts";
import type { RunReport } from "#library/report/run-report.ts";
import type { ReportFormat } from "./format.ts";
import { DEFAULT_FORMATS } from "./formats.ts";
import type { FilesAsked, ReportOptions } from "./options.ts";

export interface WrittenFiles {
  /** Paths. */
  readonly written: readonly string[];
  /** Those that replaced an earlier run's file. */
  readonly replaced: readonly string[];
}

/**
 * Writes a report in each format, replacing older files.
 * @throws IsobitError if the folder is not writable
 */
export async function writeReports(
  report: RunReport,
  { folder, formats }: { readonly folder: string; readonly formats: readonly ReportFormat[] },
): Promise<WrittenFiles> {
  const files = await Promise.all(
    formats.map(async (format) => ({ path: join(resolve(folder), format.file), text: await format.write(report) })),
  );
  const written = files.map(({ path }) => path);
  const replaced = written.filter((path) => existsSync(path));
  try {
    if (files.length > 0) await makeFolder(folder);
    for (const { path, text } of files) await writeFile(path, text);
  } catch (error) {
    throw unwritable(REPORT, error);
  }
  return { written, replaced };
}

const REPORT = { name: "The report", remedy: "Choose another folder with --out." };

/** Checks before a run that each report can be written. @throws IsobitError */
export async function requireWritableReports({ folder, formats }: ReturnType<typeof filesAsked>): Promise<void> {
  for (const { file } of formats) await requireWritable(join(resolve(folder), file), REPORT);
}

/** For stderr. Every run uses the same file names, so it may replace another run's reports. */
export function writtenText({ written, replaced }: WrittenFiles): string {
  if (written.length === 0) return "";
  const names = replaced.map((path) => basename(path)).join(", ");
  const warning = replaced.length === 0 ? "" : `Replaced an earlier run's ${names}; use --out to keep both.\n`;
  return `Wrote ${written.join(", ")}\n${warning}`;
}

/** --report names the formats; --out alone asks for DEFAULT_FORMATS. @param unasked the formats without either option */
export function filesAsked(
  { report, out }: FilesAsked,
  unasked: readonly ReportFormat[] = [],
): Parameters<typeof writeReports>[1] {
  return { folder: out ?? ".", formats: report ?? (out === undefined ? unasked : DEFAULT_FORMATS) };
}

/**
 * Compares a report with a golden, saves it as one and writes reports, according to the options.
 * @param unasked the formats that are written without --report and --out
 * @param golden what --against names, if it was read before the run
 * @returns the report to show, which has the golden's pairs with `--against`, and the written files
 * @throws IsobitError
 */
export async function deliverReport(
  run: RunReport,
  options: ReportOptions,
  unasked: readonly ReportFormat[] = [],
  golden: Golden | null | Promise<Golden | null> = goldenAsked(options),
): Promise<WrittenFiles & { readonly report: RunReport }> {
  // Read before writing, so that --against and --save may name the same file.
  const then = await golden;
  const report = then === null ? run : againstGolden(run, then);
  const saved = options.save === undefined ? [] : [await writeGolden(goldenOf(run), options.save)];
  const { written, replaced } = await writeReports(report, filesAsked(options, unasked));
  return { report, written: [...saved, ...written], replaced };
}

/**
 * What is done before a run: reads the golden that --against names, and checks that the files asked for can be written.
 * @returns the golden; null without --against
 * @throws IsobitError
 */
export async function prepareReport(
  options: ReportOptions,
  unasked: readonly ReportFormat[] = [],
): Promise<Golden | null> {
  const golden = await goldenAsked(options);
  if (options.save !== undefined) await requireWritableGolden(options.save);
  await requireWritableReports(filesAsked(options, unasked));
  return golden;
}

/** The golden that --against names; null without it. @throws IsobitError if it cannot be read */
async function goldenAsked({ against }: ReportOptions): Promise<Golden | null> {
  return against === undefined ? null : await readGolden(against);
}
