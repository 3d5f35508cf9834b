import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { messageOf, IsobitError } from "#core/errors.ts";
import type { ReportFormat } from "./format.ts";
import { DEFAULT_FORMATS } from "./formats.ts";
import { readGolden, writeGolden } from "#library/golden/golden-file.ts";
import { againstGolden, goldenOf } from "#library/golden/golden.ts";
import type { ReportOptions } from "./options.ts";
import type { RunReport } from "#library/report/run-report.ts";

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
      path: join(resolve(folder), format.file),
      text: await format.write(report),
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

/** For stderr. Every command's reports have the same file names, so that a run may replace another one's. */
export function writtenText({ written, replaced }: WrittenFiles): string {
  const names = replaced.map((path) => basename(path)).join(", ");
  const warning = replaced.length === 0 ? "" : `Replaced an earlier run's ${names}; --out keeps runs apart.\n`;
  return `Written: ${written.join(", ")}\n${warning}`;
}

/**
 * Compares a report with a golden, saves it as one and writes every format, as the options say.
 * @returns the report to show, which holds the golden's pairs with `--against`, and what was written
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
