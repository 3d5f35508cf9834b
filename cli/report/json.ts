import type * as z from "zod";
import type { RunReport } from "#library/report/run-report.ts";
import type { Plain, runReportSchema } from "#library/report/shape/run-report.ts";

/** parity_report.json's text. */
export function reportJson(report: RunReport): string {
  // The compiler refuses a field that the published schema does not have.
  const checked: z.infer<typeof runReportSchema> = report as Plain<RunReport>;
  return `${JSON.stringify(checked, null, 2)}\n`;
}
