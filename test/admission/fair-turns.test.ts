import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import { TURN_LEASE_MS } from "#core/limits.ts";
import { FairTurns } from "#schema/admission/fair-turns.ts";

/** A call that the test ends. */
function callOf(caller: string): Call & { end(): void } {
  const controller = new AbortController();
  return {
    caller,
    remainingMs: () => 1_000_000,
    keep: () => {},
    throwIfEnded: () => controller.signal.throwIfAborted(),
    onEnd(listener) {
      const onAbort = (): void => listener(controller.signal.reason);
      if (controller.signal.aborted) onAbort();
      else controller.signal.addEventListener("abort", onAbort);
      return () => controller.signal.removeEventListener("abort", onAbort);
    },
    end: () => controller.abort(new IsobitError("TIMEOUT", "ended by the test")),
  };
}

let now = 0;
const turnsOf = ({ rowsAtOnce = 1, maxRows = 1000, maxWaitMs = 1e9 } = {}): FairTurns =>
  new FairTurns("CPU", { rowsAtOnce, maxRows, maxWaitMs: () => maxWaitMs }, () => now);

/** Runs a request in shares of one row, each of which takes 10 ms of the test's clock. */
async function run(turns: FairTurns, call: Call, rows: number, done: string[]): Promise<void> {
  const place = turns.admit(call, rows, 1);
  try {
    for (let row = 0; row < rows; row += 1) {
      await place.turn(1, async () => {
        await setImmediate();
        now += 10;
        done.push(call.caller);
      });
    }
  } finally {
    place.leave();
  }
}

afterEach(() => {
  now = 0;
  vi.useRealTimers();
});

describe("turns at a backend", () => {
  it("alternate between callers, however many requests one of them has", async () => {
    const turns = turnsOf();
    const done: string[] = [];
    const first = [1, 2, 3].map(() => run(turns, callOf("a"), 4, done));
    const second = run(turns, callOf("b"), 2, done);
    await Promise.all([...first, second]);
    expect(done.slice(0, 4)).toEqual(["a", "b", "a", "b"]);
    expect(done.filter((caller) => caller === "a")).toHaveLength(12);
    expect(turns.depth).toBe(0);
  });

  it("alternate between the requests of one caller", async () => {
    const turns = turnsOf();
    const done: string[] = [];
    const [large, small] = [callOf("a"), { ...callOf("a"), caller: "a" }];
    let smallAfter = 0;
    const running = run(turns, large, 10, done);
    await run(turns, small, 1, done).then(() => (smallAfter = done.length));
    await running;
    expect(smallAfter).toBeLessThanOrEqual(2);
  });

  it("overlap as long as their rows fit, and a larger share runs alone", async () => {
    const turns = turnsOf({ rowsAtOnce: 4 });
    let running = 0;
    const seen: [number, number][] = [];
    const share = async (rows: number): Promise<void> => {
      const place = turns.admit(callOf("a"), rows, rows);
      await place.turn(rows, async () => {
        running += rows;
        seen.push([rows, running]);
        await setImmediate();
        running -= rows;
      });
    };
    await Promise.all([1, 2, 1, 9, 1].map(share));
    expect(Math.max(...seen.filter(([rows]) => rows < 9).map(([, total]) => total))).toBe(4);
    expect(seen.find(([rows]) => rows === 9)).toEqual([9, 9]);
  });
});

describe("a request", () => {
  it("is refused where it would wait too long, with the time after which to try again", async () => {
    const turns = turnsOf({ maxWaitMs: 95 });
    const done: string[] = [];
    await run(turns, callOf("a"), 1, done);
    expect(turns.msPerRow).toBe(10);
    const running = [1, 2, 3, 4].map(() => run(turns, callOf("a"), 3, done));
    await expect(run(turns, callOf("a"), 5, done)).rejects.toMatchObject({
      code: "OVERLOADED",
      message: expect.stringContaining("CPU already has 12 images to run"),
      details: { retryAfterSeconds: 1 },
    });
    await Promise.all(running);
    await run(turns, callOf("a"), 5, done);
    expect(turns.depth).toBe(0);
  });

  it("of another caller is not refused for one caller's queue", async () => {
    const turns = turnsOf({ maxWaitMs: 95 });
    const done: string[] = [];
    await run(turns, callOf("a"), 1, done);
    const running = [1, 2, 3, 4].map(() => run(turns, callOf("a"), 3, done));
    await run(turns, callOf("b"), 1, done);
    await Promise.all(running);
  });

  it("may exceed the limit on rows only if nothing waits", async () => {
    const turns = turnsOf({ maxRows: 5 });
    const done: string[] = [];
    const large = run(turns, callOf("a"), 9, done);
    await expect(run(turns, callOf("b"), 1, done)).rejects.toMatchObject({ code: "OVERLOADED" });
    await large;
    await run(turns, callOf("b"), 1, done);
  });

  it("ends with its call: while it waits, and while its share runs", async () => {
    const turns = turnsOf();
    const [ends, waits, next] = [callOf("a"), callOf("b"), callOf("c")];
    const { promise: working, resolve: finish } = Promise.withResolvers<void>();
    const done: string[] = [];
    const running = turns.admit(ends, 1, 1).turn(1, () => working);
    const waiting = run(turns, waits, 1, done);
    const after = run(turns, next, 1, done);
    waits.end();
    await expect(waiting).rejects.toMatchObject({ code: "TIMEOUT" });
    ends.end();
    await expect(running).rejects.toMatchObject({ code: "TIMEOUT" });
    // The backend is still busy with it.
    await setImmediate();
    expect(done).toEqual([]);
    finish();
    await after;
    expect(done).toEqual(["c"]);
  });

  it("that fails lets the next one run", async () => {
    const turns = turnsOf();
    const place = turns.admit(callOf("a"), 1, 1);
    await expect(place.turn(1, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    place.leave();
    const done: string[] = [];
    await run(turns, callOf("a"), 1, done);
    expect(turns.depth).toBe(0);
  });

  it("that the runtime dropped in the middle does not hold its turn for ever", async () => {
    const turns = turnsOf();
    const dropped: Call = { ...callOf("a"), remainingMs: () => 0 };
    void turns.admit(dropped, 1, 1).turn(1, () => new Promise(() => {}));
    await setImmediate();
    const done: string[] = [];
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const next = run(turns, callOf("b"), 1, done);
    await setImmediate();
    expect(done).toEqual([]);
    now += TURN_LEASE_MS + 1;
    vi.advanceTimersByTime(1_000);
    await next;
    expect(done).toEqual(["b"]);
  });
});
