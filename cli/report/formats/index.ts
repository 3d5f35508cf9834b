import { InvalidArgumentError } from "commander";

/** Every format that a run can be reported in, and its file's name. */
export const REPORT_FILES = Object.freeze({
  json: "parity_report.json",
  csv: "parity_summary.csv",
  junit: "parity_junit.xml",
  md: "parity_report.md",
  html: "parity_report.html",
});

export type ReportFormat = keyof typeof REPORT_FILES;

export const REPORT_FORMATS = Object.freeze(Object.keys(REPORT_FILES) as ReportFormat[]);

/** Without `--report`. */
export const DEFAULT_FORMATS: readonly ReportFormat[] = Object.freeze(["json", "csv"]);

/** "json,html" or "all"; an option given twice adds up. @throws InvalidArgumentError */
export function parseFormats(text: string, before: readonly ReportFormat[] = []): ReportFormat[] {
  const wanted = text.split(",").map((name) => name.trim().toLowerCase());
  const formats = wanted.flatMap((name) => (name === "all" ? REPORT_FORMATS : [formatOf(name)]));
  return [...new Set([...before, ...formats])];
}

function formatOf(name: string): ReportFormat {
  const format = REPORT_FORMATS.find((each) => each === name);
  if (format === undefined) throw new InvalidArgumentError(`Known formats: ${REPORT_FORMATS.join(", ")}, all.`);
  return format;
}
