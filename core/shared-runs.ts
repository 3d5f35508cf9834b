import { isCertifiedInput } from "./certified.ts";
import { MAX_ROWS_PER_RUN } from "./limits.ts";
import type { ModelInfo } from "./model.ts";

/** Images run in one batch. */
export interface Ran {
  /** One a row, in order. */
  readonly logits: readonly Float32Array[];
  /** Of the whole run. */
  readonly latencyMs: number;
}

export type RunRows = (rows: readonly Float32Array[]) => Promise<Ran>;

interface Waiting {
  readonly rows: readonly Float32Array[];
  resolve(ran: Ran): void;
  reject(error: unknown): void;
}

/**
 * Runs of one model's session in which rows of several questions may stand side by side: what is asked while a run is
 * under way shares the next one. Only rows that the certificate proves to have the same bits in any batch take part; all
 * others run as they were asked for. A failed run is repeated for each question by itself, so that a question fails by
 * its own rows alone.
 * @param gather waited for before rows are taken: a moment in which others may join
 * @returns latencyMs: the question's share of its run
 */
export function sharingRuns(model: ModelInfo, run: RunRows, gather?: () => Promise<void>): RunRows {
  const waiting: Waiting[] = [];
  let running = false;

  async function runWaiting(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      if (gather) await gather();
      await runTogether(takeUpTo(waiting, MAX_ROWS_PER_RUN), run);
    }
    running = false;
  }

  return (rows) => {
    if (!mayShare(model, rows)) return run(rows);
    const { promise, resolve, reject } = Promise.withResolvers<Ran>();
    waiting.push({ rows, resolve, reject });
    if (!running) void runWaiting();
    return promise;
  };
}

/** Rows that were asked for together are so by core/batching.ts, which has looked at each. */
function mayShare(model: ModelInfo, rows: readonly Float32Array[]): boolean {
  if (!model.proof.rowsIndependent || model.input.shape[0] !== -1) return false;
  const [first] = rows;
  return first !== undefined && (rows.length > 1 || isCertifiedInput(model, first));
}

/** From the front, at least one. */
function takeUpTo(waiting: Waiting[], limit: number): Waiting[] {
  let rows = 0;
  const fitting = waiting.findIndex((each) => (rows += each.rows.length) > limit);
  return waiting.splice(0, fitting === -1 ? waiting.length : Math.max(1, fitting));
}

async function runTogether(questions: readonly Waiting[], run: RunRows): Promise<void> {
  const rows = questions.flatMap((question) => question.rows);
  let ran: Ran;
  try {
    ran = await run(rows);
  } catch (error) {
    if (questions.length === 1) questions[0]?.reject(error);
    else for (const { rows: own, resolve, reject } of questions) await run(own).then(resolve, reject);
    return;
  }
  let from = 0;
  for (const { rows: own, resolve } of questions) {
    const logits = ran.logits.slice(from, from + own.length);
    resolve({ logits, latencyMs: (ran.latencyMs * own.length) / rows.length });
    from += own.length;
  }
}
