import type { ReportedAnswer, ReportedModel, ReportedRow, ReportedSource, RunReport } from "./run-report.ts";

/** One source's answer for one input; null where the source was not asked. */
export function answerOf(row: ReportedRow, source: string): ReportedAnswer | null {
  return row.outputs.find((answer) => answer.source === source) ?? null;
}

export function predictionOf(row: ReportedRow, source: string): ReportedAnswer["prediction"] {
  return answerOf(row, source)?.prediction ?? null;
}

export function hasAnswered(row: ReportedRow, source: string): boolean {
  return answerOf(row, source)?.error === null;
}

export function sourceOf({ environment }: RunReport, source: string): ReportedSource | null {
  return environment.find((each) => each.source === source) ?? null;
}

/** The model that a source ran; null for an unknown source. */
export function modelOf(report: RunReport, source: string): ReportedModel | null {
  const index = sourceOf(report, source)?.model;
  return index === undefined ? null : (report.models[index] ?? null);
}

/** Every error once, with the sources and inputs that it affected, in order of first occurrence. */
export function failuresOf({ rows }: Pick<RunReport, "rows">): ReportedFailure[] {
  const failures = new Map<string, ReportedFailure & { sources: Set<string>; inputs: Set<string> }>();
  for (const { input, outputs } of rows) {
    for (const { source, error } of outputs) {
      if (error === null) continue;
      const key = `${error.code} ${error.message}`;
      const failure = failures.get(key) ?? { ...error, sources: new Set(), inputs: new Set() };
      failure.sources.add(source);
      failure.inputs.add(input);
      failures.set(key, failure);
    }
  }
  return [...failures.values()];
}

/** What a failing source did not return. */
export function lackOf(code: string): string {
  return code === "PEER_INCONSISTENT" ? "no consistent answer" : "no answer";
}

export interface ReportedFailure {
  readonly code: string;
  readonly message: string;
  readonly sources: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
}
