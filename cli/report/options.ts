import type { Command } from "commander";
import type { ReportFormat } from "./format.ts";
import { DEFAULT_FORMATS, namesOf, parseFormats, REPORT_FORMATS } from "./formats.ts";

export interface ReportOptions {
  readonly out: string;
  /** Default: DEFAULT_FORMATS. */
  readonly report?: readonly ReportFormat[];
  readonly save?: string;
  readonly against?: string;
}

/** The options that parity and compare share. */
export function addReportOptions(command: Command): Command {
  return addFormatsOption(command.option("--out <folder>", "folder for the reports", "."))
    .option("--save <file>", "save every source's bits as a golden, to compare with another day or on another machine")
    .option("--against <file>", "compare each source's bits only with its own bits in a golden");
}

/** The option that parity, compare and sweep share. */
export function addFormatsOption(command: Command): Command {
  const known = `${namesOf(REPORT_FORMATS)} or all`;
  return command.option("--report <formats>", `${known} (default: ${namesOf(DEFAULT_FORMATS)})`, parseFormats);
}
