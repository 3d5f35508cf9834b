import { weightiest } from "#core/verdicts/verdict.ts";
import { outcomeOf } from "../report/outcome.ts";
import type { RunReport } from "../report/run-report.ts";
import type { PairSummary } from "./pair-total.ts";
import type { Sweep } from "./sweep-on-stack.ts";
import type { SourceAccuracy } from "./totals.ts";

/** What `isobit sweep --json` prints: one line, one JSON object. */
export interface SweepSummary {
  /** Images of the data set. */
  readonly images: number;
  /** Of those, what an earlier run had done. */
  readonly resumed: number;
  /** Images a second of this run, from the first request to the last answer; null where all had been done. */
  readonly rate: number | null;
  readonly elapsedMs: number;
  readonly verdict: RunReport["verdict"];
  readonly outcome: RunReport["outcome"];
  readonly model: { readonly id: string; readonly sha256: string; readonly executedSha256: string };
  readonly dataSet: { readonly description: string; readonly images: number; readonly sha256: string };
  readonly reference: string;
  /** One a pair, with the names of GraphQL's PairSummary. */
  readonly pairs: readonly PairSummary[];
  /** One a source, where the data set says what its images show. */
  readonly accuracy: readonly SourceAccuracy[];
  /** Images that some source did not answer. */
  readonly failures: number;
  readonly certificateViolations: number;
  /** The results file, one line per image. */
  readonly results: string;
  readonly notes: readonly string[];
}

export function summaryOf(sweep: Sweep): SweepSummary {
  const { totals, header, resumed, elapsedMs, path, notes } = sweep;
  const { id, sha256, executedSha256 } = header.model;
  const pairs = totals.pairs.map((pair) => pair.result());
  const verdict = weightiest(pairs.map((pair) => pair.verdict));
  const { count: certificateViolations, kept } = totals.violations;
  const asked = totals.count - resumed;
  return {
    images: header.dataSet.images,
    resumed,
    rate: asked > 0 ? asked / (elapsedMs / 1000) : null,
    elapsedMs,
    verdict,
    outcome: outcomeOf({
      verdict,
      certificateViolations: kept.map((each) => ({ ...each, code: "CERTIFICATE_VIOLATED", input: each.image })),
      traces: [],
    }),
    model: { id, sha256, executedSha256 },
    dataSet: header.dataSet,
    reference: header.reference,
    pairs,
    accuracy: totals.accuracies(),
    failures: totals.failures.count,
    certificateViolations,
    results: path,
    notes,
  };
}
