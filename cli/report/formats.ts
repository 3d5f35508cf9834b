import { InvalidArgumentError } from "commander";
import type { ReportFormat } from "./format.ts";
import { CSV } from "./formats/csv.ts";
import { HTML } from "./formats/html.ts";
import { JSON_FORMAT } from "./formats/json.ts";
import { JUNIT } from "./formats/junit.ts";
import { MARKDOWN } from "./formats/markdown.ts";

export const REPORT_FORMATS: readonly ReportFormat[] = Object.freeze([JSON_FORMAT, CSV, JUNIT, MARKDOWN, HTML]);

/** Without `--report`. */
export const DEFAULT_FORMATS: readonly ReportFormat[] = Object.freeze([JSON_FORMAT, CSV]);

/** Parses "json,html" or "all"; adds to the formats of an earlier option. @throws InvalidArgumentError */
export function parseFormats(text: string, before: readonly ReportFormat[] = []): ReportFormat[] {
  const wanted = text.split(",").map((name) => name.trim().toLowerCase());
  const formats = wanted.flatMap((name) => (name === "all" ? REPORT_FORMATS : [formatOf(name)]));
  return [...new Set([...before, ...formats])];
}

function formatOf(wanted: string): ReportFormat {
  const format = REPORT_FORMATS.find(({ name }) => name === wanted);
  if (format === undefined) throw new InvalidArgumentError(`Known formats: ${namesOf(REPORT_FORMATS)}, all.`);
  return format;
}

export function namesOf(formats: readonly ReportFormat[]): string {
  return formats.map(({ name }) => name).join(", ");
}
