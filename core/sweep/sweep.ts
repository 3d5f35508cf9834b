import { type PairTotal, type Verdict, weightiest } from "../verdicts/verdict.ts";
import { IsobitError } from "../errors.ts";
import { MAX_IMAGES_PER_QUERY } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";
import { answerPlan } from "../path.ts";
import type { InferenceRequest } from "../request.ts";
import type { RowAnswer } from "../respond.ts";
import type { OutputStatistics } from "../statistics/result.ts";
import type { Host } from "../host.ts";
import { SweepPair } from "./sweep-pair.ts";
import { type Plan, validate } from "../validate.ts";
import type { Violation } from "../verdicts/violation.ts";

/** The progress of a sweep. Rows and violations are those of the last batch only, so that memory stays constant. */
export interface SweepProgress {
  readonly done: number;
  readonly total: number;
  readonly finished: boolean;
  readonly elapsedMs: number;
  /** Since the first batch started, including waiting for the reader; null before that. */
  readonly imagesPerSecond: number | null;
  /** Over what is done; INCOMPLETE at the start. */
  readonly verdict: Verdict;
  readonly model: ModelInfo;
  readonly reference: string;
  readonly pairs: readonly SweptTotal[];
  readonly rows: readonly RowAnswer[];
  readonly violations: readonly Violation[];
}

interface SweptTotal extends PairTotal {
  /** Over everything done at the time of the call, i.e. until the next progress is requested. */
  statistics(): OutputStatistics | null;
}

/**
 * Answers a request batch by batch through the main path. The first progress comes before any batch, the last one is
 * `finished`. Nothing is computed before the reader asks for it, and the sweep ends when the reader stops. Failures are
 * recorded in their own rows, so a backend that returns answers later batches.
 * @throws IsobitError BAD_INPUT for a batch size out of bounds, and as `answer` does
 */
export async function* sweep(
  request: InferenceRequest,
  batch: number,
  host: Host,
): AsyncGenerator<SweepProgress, void, undefined> {
  checkBatch(batch);
  const started = host.now();
  const plan = await validate(request, host);
  const pairs = [...plan.sources, ...plan.peers.map(({ id }) => id)]
    .filter((source) => source !== plan.reference)
    .map((other) => new SweepPair(plan, other));
  const begun = host.now();
  const progress = (done: number, answered: Pick<SweepProgress, "rows" | "violations">): SweepProgress => ({
    ...answered,
    ...summary(plan, pairs, done),
    elapsedMs: host.now() - started,
    imagesPerSecond: rateOf(done, host.now() - begun),
  });
  yield progress(0, { rows: [], violations: [] });
  for (let from = 0; from < plan.items.length; from += batch) {
    const part: Plan = { ...plan, items: plan.items.slice(from, from + batch) };
    const { rows, violations } = await answerPlan(part, host, { startedAt: host.timestamp(), started: host.now() });
    for (const pair of pairs) rows.forEach((row, index) => pair.add(row, from + index));
    yield progress(from + rows.length, { rows, violations });
  }
}

function summary(plan: Plan, pairs: readonly SweepPair[], done: number) {
  const totals = pairs.map((pair): SweptTotal => ({ ...pair.total(), statistics: () => pair.statistics() }));
  return {
    done,
    total: plan.items.length,
    finished: done === plan.items.length,
    verdict: weightiest(totals.map((total) => total.verdict)),
    model: plan.model,
    reference: plan.reference,
    pairs: totals,
  };
}

/** A deployed Worker's clock does not advance while it computes, so the elapsed time may be 0. */
function rateOf(done: number, elapsedMs: number): number | null {
  return done > 0 && elapsedMs > 0 ? (done * 1000) / elapsedMs : null;
}

function checkBatch(batch: number): void {
  if (Number.isInteger(batch) && batch >= 1 && batch <= MAX_IMAGES_PER_QUERY) return;
  throw new IsobitError(
    "BAD_INPUT",
    `\`batch\` is ${batch}; it must be a whole number from 1 to ${MAX_IMAGES_PER_QUERY}.`,
  );
}
