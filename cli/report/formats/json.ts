import type { RunReport } from "#library/report/run-report.ts";

/** parity_report.json's text. */
export function reportJson(report: RunReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
