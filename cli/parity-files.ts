import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "#core/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { parityCsv } from "./parity-csv.ts";
import type { ParityReport } from "./parity-report.ts";

/** Of parity_report.json: a reader that knows 1 may count on its keys keeping their names and meanings. */
const REPORT_VERSION = 1;

/** parity_report.json's text. */
export function reportJson(report: ParityReport): string {
  return `${JSON.stringify({ version: REPORT_VERSION, ...report }, null, 2)}\n`;
}

/**
 * Writes parity_report.json and parity_summary.csv, replacing older ones.
 * @returns the paths written
 * @throws Failure where the folder cannot be written to
 */
export async function writeParityFiles(report: ParityReport, folder: string): Promise<string[]> {
  const files = [
    { path: join(resolve(folder), "parity_report.json"), text: reportJson(report) },
    { path: join(resolve(folder), "parity_summary.csv"), text: parityCsv(report) },
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, text } of files) await writeFile(path, text);
  } catch (error) {
    throw new Failure(
      EXIT.BAD_USAGE,
      `The report cannot be written (${messageOf(error)}). Choose another folder with --out.`,
    );
  }
  return files.map(({ path }) => path);
}
