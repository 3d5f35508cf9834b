import { REPORT_PARTS, type ReportFormat } from "../format.ts";
import type { RunReport } from "#library/report/run-report.ts";

export const JSON_FORMAT: ReportFormat = {
  name: "json",
  file: "parity_report.json",
  purpose: "everything, with [its schema](docs/parity_report.schema.json)",
  holds: REPORT_PARTS,
  write: reportJson,
};

/** The report itself, which `--json` also prints. */
export function reportJson(report: RunReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
