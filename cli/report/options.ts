import type { Command } from "commander";
import type { ReportFormat } from "./format.ts";
import { DEFAULT_FORMATS, namesOf, parseFormats, REPORT_FORMATS } from "./formats.ts";

/** Where reports go, and in which formats. */
export interface FilesAsked {
  readonly out?: string;
  readonly report?: readonly ReportFormat[];
}

/** The options of a command that reports a run. */
export interface ReportOptions extends FilesAsked {
  readonly save?: string;
  readonly against?: string;
}

/** The options that parity and compare share. */
export function addReportOptions(command: Command): Command {
  return addFormatsOption(command.option("--out <folder>", "folder for the reports (default: the current folder)"))
    .option("--save <file>", "save every source's bits as a golden, to compare with another day or on another machine")
    .option("--against <file>", "compare each source's bits only with its own bits in a golden");
}

/** The option that parity, compare and sweep share. */
export function addFormatsOption(command: Command): Command {
  const help = `formats of the reports to write: ${namesOf(REPORT_FORMATS)} or all (default with --out: ${namesOf(DEFAULT_FORMATS)})`;
  return command.option("--report <formats>", help, parseFormats);
}
