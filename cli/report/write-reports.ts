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

/** For stderr. Every run uses the same file names, so it may replace another run's reports. */
export function writtenText({ written, replaced }: WrittenFiles): string {
  const names = replaced.map((path) => basename(path)).join(", ");
  const warning = replaced.length === 0 ? "" : `Replaced an earlier run's ${names}; use --out to keep both.\n`;
  return `Written: ${written.join(", ")}\n${warning}`;
}

/**
 * Compares a report with a golden, saves it as one and writes every format, according to the options.
 * @returns the report to show, which has the golden's pairs with `--against`, and the written files
 * @throws IsobitError
 */
export async function deliverReport(
  run: RunReport,
  { out, report: formats = DEFAULT_FORMATS, save, against }: ReportOptions,
): Promise<WrittenFiles & { readonly report: RunReport }> {
  // Read before writing, so that --against and --save may name the same file.
  const report = against === undefined ? run : againstGolden(run, await readGolden(against));
  const saved = save === undefined ? [] : [await writeGolden(goldenOf(run), save)];
  const { written, replaced } = await writeReports(report, { folder: out, formats });
  return { report, written: [...saved, ...written], replaced };
}
