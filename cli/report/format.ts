import type { RunReport } from "#library/report/run-report.ts";

/** What a run's report is made of, as far as formats differ in what they keep of it. */
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

/** One format of a report: what the command, its help and docs/ci.md say of it. */
export interface ReportFormat {
  /** As `--report` names it. */
  readonly name: string;
  readonly file: string;
  /** What the file is for: its row in docs/ci.md. */
  readonly purpose: string;
  /** The parts that its text contains, in the order of REPORT_PARTS. */
  readonly holds: readonly ReportPart[];
  /** @returns the whole file's text, final newline included */
  write(report: RunReport): string | Promise<string>;
}
