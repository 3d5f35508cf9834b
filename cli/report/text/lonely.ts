import type { RunReport } from "#library/report/run-report.ts";

/** Instead of a comparison if only the reference ran. */
export function lonelyText({ kind, reference }: RunReport): string {
  const settings = kind === "compare" ? ", or vary one with --levels, --threads, --batch, --repeats or --sessions" : "";
  return `Only ${reference} ran. A comparison needs two: name another with --backends${settings}.`;
}
