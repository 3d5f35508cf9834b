import { setImmediate } from "node:timers/promises";
import type { Outcome } from "./outcomes.ts";

/** Rows of one model to their outcomes, in order. */
export type AskRows = (rows: readonly Float32Array[]) => Promise<readonly Outcome[]>;

interface Waiting {
  readonly rows: readonly Float32Array[];
  resolve(outcomes: readonly Outcome[]): void;
  reject(error: unknown): void;
}

/**
 * Requests of one model put together: what came in at the same time, or while an answer was awaited, goes in one. Which
 * rows of it then share a run is the runner's decision. A request fails by its own rows alone: where any row
 * of a joined one fails, each request that has such a row is repeated alone.
 * @param mostRows in one request, unless a single one has more
 */
export function joiningRequests(ask: AskRows, mostRows: number): AskRows {
  const waiting: Waiting[] = [];
  let asking = false;

  async function askWaiting(): Promise<void> {
    asking = true;
    // By then everything that the sockets held is here.
    await setImmediate();
    while (waiting.length > 0) await askTogether(takeUpTo(waiting, mostRows), ask);
    asking = false;
  }

  return (rows) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
    waiting.push({ rows, resolve, reject });
    if (!asking) void askWaiting();
    return promise;
  };
}

/** From the front, at least one. */
function takeUpTo(waiting: Waiting[], limit: number): Waiting[] {
  let rows = 0;
  const fitting = waiting.findIndex((each) => (rows += each.rows.length) > limit);
  return waiting.splice(0, fitting === -1 ? waiting.length : Math.max(1, fitting));
}

async function askTogether(requests: readonly Waiting[], ask: AskRows): Promise<void> {
  try {
    const outcomes = await ask(requests.flatMap(({ rows }) => rows));
    let from = 0;
    for (const { rows, resolve, reject } of requests) {
      const own = outcomes.slice(from, (from += rows.length));
      if (requests.length === 1 || own.every(({ ok }) => ok)) resolve(own);
      else await ask(rows).then(resolve, reject);
    }
  } catch (error) {
    for (const { reject } of requests) reject(error);
  }
}
