import type { Command } from "commander";
import { DEFAULT_FORMATS, parseFormats, type ReportFormat } from "./formats/index.ts";

/** What a command that reports a run was told about its report. */
export interface ReportOptions {
  readonly out: string;
  /** Absent: DEFAULT_FORMATS. */
  readonly report?: readonly ReportFormat[];
  readonly save?: string;
  readonly against?: string;
}

/** The options that parity, compare and sweep share. */
export function addReportOptions(command: Command): Command {
  return command
    .option("--out <folder>", "where the reports go", ".")
    .option("--report <formats>", `json, csv, junit, md, html or all; else ${DEFAULT_FORMATS.join(",")}`, parseFormats)
    .option("--save <file>", "keep every source's bits as a golden, to compare with on another day or machine")
    .option(
      "--against <file>",
      "compare each source's bits with those that it gave in a golden, and with nothing else",
    );
}
