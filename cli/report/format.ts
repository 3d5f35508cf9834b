import type { RunReport } from "#library/report/run-report.ts";

/** The parts of a report that not every format contains. */
export const REPORT_PARTS = Object.freeze([
  "inputs",
  "errors",
  "statistics",
  "environment",
  "traces",
  "violations",
  "images",
  "tensors",
] as const);

export type ReportPart = (typeof REPORT_PARTS)[number];

/** One format of a report. The command, its help and the README's table are derived from it. */
export interface ReportFormat {
  /** As `--report` names it. */
  readonly name: string;
  readonly file: string;
  /** Its row in the README. */
  readonly purpose: string;
  /** The parts that it contains, in the order of REPORT_PARTS. */
  readonly holds: readonly ReportPart[];
  /** @returns the whole file's text, final newline included */
  write(report: RunReport): string | Promise<string>;
}
