import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { messageOf, IsobitError } from "#core/errors.ts";
import { reportCsv } from "./formats/csv.ts";
import { DEFAULT_FORMATS, REPORT_FILES, type ReportFormat } from "./formats/index.ts";
import { readGolden, writeGolden } from "../../library/golden/golden-file.ts";
import { againstGolden, goldenOf } from "../../library/golden/golden.ts";
import { reportHtml } from "./formats/html.ts";
import { reportJson } from "./formats/json.ts";
import { reportJunit } from "./formats/junit.ts";
import { reportMarkdown } from "./formats/markdown.ts";
import type { ReportOptions } from "./options.ts";
import { loadPageParts } from "./page/parts.ts";
import type { RunReport } from "#library/report/run-report.ts";

/** How each format's text is made of a report. */
const WRITERS: Readonly<Record<ReportFormat, (report: RunReport) => string | Promise<string>>> = Object.freeze({
  json: reportJson,
  csv: reportCsv,
  junit: reportJunit,
  md: reportMarkdown,
  html: async (report) => reportHtml(report, await loadPageParts()),
});

/** Paths. */
export interface WrittenFiles {
  readonly written: readonly string[];
  /** Of those, where an earlier run's file stood. */
  readonly replaced: readonly string[];
}

/**
 * Writes a report in each format, replacing older files.
 * @throws IsobitError where the folder cannot be written to
 */
export async function writeReports(
  report: RunReport,
  { folder, formats }: { readonly folder: string; readonly formats: readonly ReportFormat[] },
): Promise<WrittenFiles> {
  const files = await Promise.all(
    formats.map(async (format) => ({
      path: join(resolve(folder), REPORT_FILES[format]),
      text: await WRITERS[format](report),
    })),
  );
  const written = files.map(({ path }) => path);
  const replaced = written.filter((path) => existsSync(path));
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, text } of files) await writeFile(path, text);
  } catch (error) {
    throw new IsobitError(
      "BAD_OPTION",
      `The report cannot be written (${messageOf(error)}). Choose another folder with --out.`,
      { cause: error },
    );
  }
  return { written, replaced };
}

/** For stderr. Every command's reports have the same names, so that one run's may take the place of another's. */
export function writtenText({ written, replaced }: WrittenFiles): string {
  const names = replaced.map((path) => basename(path)).join(", ");
  const warning = replaced.length === 0 ? "" : `Replaced an earlier run's ${names}; --out keeps runs apart.\n`;
  return `Written: ${written.join(", ")}\n${warning}`;
}

/**
 * What a command does with its report in the end: saves it as a golden, compares it with one, writes every format.
 * @returns the report to show, which is another one with `--against`, and what was written
 * @throws IsobitError
 */
export async function deliverReport(
  run: RunReport,
  { out, report: formats = DEFAULT_FORMATS, save, against }: ReportOptions,
): Promise<WrittenFiles & { readonly report: RunReport }> {
  // Read first, so that a golden may be renewed in place.
  const report = against === undefined ? run : againstGolden(run, await readGolden(against));
  const saved = save === undefined ? [] : [await writeGolden(goldenOf(run), save)];
  const { written, replaced } = await writeReports(report, { folder: out, formats });
  return { report, written: [...saved, ...written], replaced };
}
