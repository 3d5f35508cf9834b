import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_ROWS_PER_RUN } from "#core/limits.ts";
import { type AskRows, joiningRequests } from "#origin/joined-requests.ts";
import type { Outcome } from "#origin/outcomes.ts";

/* How requests are put together is decided here; that bits do not change by it is tested on real sessions, in test/stack. */

const row = (...values: number[]): Float32Array => Float32Array.from(values);

/** Twice each row, a moment later; remembers what stood together. A request with `poison` in it fails in all its rows. */
function recorder(poison?: number): { ask: AskRows; asked: number[][] } {
  const asked: number[][] = [];
  return {
    asked,
    ask: async (rows) => {
      asked.push(rows.map(([first]) => first!));
      await new Promise(setImmediate);
      if (rows.some(([first]) => first === poison)) return rows.map(() => ({ ok: false, message: "poisoned" }));
      return rows.map((each) => ({ ok: true, logits: each.map((value) => 2 * value), latencyMs: 1 }));
    },
  };
}

function firstsOf(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.ok ? outcome.logits[0]! / 2 : outcome.message));
}

const requests = fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: MAX_ROWS_PER_RUN }), {
  minLength: 1,
  maxLength: 40,
});

describe("requests of one model", () => {
  it("go together as far as they fit, and each gets the answers to its own rows", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (firsts) => {
        const { ask, asked } = recorder();
        const joined = joiningRequests(ask, MAX_ROWS_PER_RUN);
        const answers = await Promise.all(firsts.map((each) => joined(each.map((first) => row(first, 1)))));
        expect(answers.map(firstsOf)).toEqual(firsts);
        expect(asked.flat()).toEqual(firsts.flat());
        expect(Math.max(...asked.map(({ length }) => length))).toBeLessThanOrEqual(MAX_ROWS_PER_RUN);
        // What follows would not have fitted in.
        const sizes = firsts.map(({ length }) => length);
        let next = 0;
        for (const { length } of asked) {
          for (let rows = 0; rows < length; next++) rows += sizes[next]!;
          if (next < sizes.length) expect(length + sizes[next]!).toBeGreaterThan(MAX_ROWS_PER_RUN);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("need at most two requests: the first, and one joined from all that arrive meanwhile", async () => {
    const { ask, asked } = recorder();
    const joined = joiningRequests(ask, MAX_ROWS_PER_RUN);
    const first = joined([row(1)]);
    while (asked.length === 0) await new Promise(setImmediate);
    await Promise.all([first, ...[2, 3, 4, 5].map((each) => joined([row(each)]))]);
    expect(asked).toEqual([[1], [2, 3, 4, 5]]);
  });

  it("fail by their own rows alone", async () => {
    const { ask } = recorder(3);
    const joined = joiningRequests(ask, MAX_ROWS_PER_RUN);
    const outcomes = await Promise.all([1, 2, 3, 4].map((first) => joined([row(first)])));
    expect(outcomes.map(firstsOf)).toEqual([[1], [2], ["poisoned"], [4]]);
    expect(firstsOf(await joined([row(9)]))).toEqual([9]);
  });

  it("all get the error if no server answers, and the next one is asked again", async () => {
    let gone = true;
    const { ask } = recorder();
    const joined = joiningRequests((rows) => (gone ? Promise.reject(new Error("lost")) : ask(rows)), MAX_ROWS_PER_RUN);
    const outcomes = await Promise.allSettled([1, 2].map((first) => joined([row(first)])));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    gone = false;
    expect(firstsOf(await joined([row(7)]))).toEqual([7]);
  });
});
