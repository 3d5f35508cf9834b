import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PEER_TURN_LEASE_MS } from "#core/limits.ts";
import { CallGate } from "#schema/peer-clients/call-gate.ts";

const clock = (): number => performance.now();

/** Ends with the next round of the event loop, so that calls overlap. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a gate for the calls to one service", () => {
  it("never runs a call next to more calls than its own limit and every other call's limit allow", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 25 }), async (limits) => {
        const gate = new CallGate(clock);
        const running: number[] = [];
        await Promise.all(
          limits.map((limit) =>
            gate.run(limit, async () => {
              running.push(limit);
              expect(running.length).toBeLessThanOrEqual(Math.min(...running));
              await soon();
              running.splice(running.indexOf(limit), 1);
            }),
          ),
        );
        expect(running).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("lets as many run as the limit allows, and in the order in which they came", async () => {
    const gate = new CallGate(clock);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const call = (index: number) => async (): Promise<void> => {
      begun.push(index);
      most = Math.max(most, ++running);
      await soon();
      running--;
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => gate.run(4, call(index))));
    expect(begun).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it("continues after a call that fails, and passes its error on", async () => {
    const gate = new CallGate(clock);
    const failing = gate.run(1, () => Promise.reject(new Error("the service is gone")));
    const next = gate.run(1, async () => "next");
    await expect(failing).rejects.toThrow("the service is gone");
    expect(await next).toBe("next");
  });

  it("continues after a call whose request was dropped midway, once its lease is over", async () => {
    let now = 0;
    const gate = new CallGate(() => now);
    void gate.run(1, () => new Promise(() => {}));
    let isBegun = false;
    const next = gate.run(1, async () => {
      isBegun = true;
    });
    await soon();
    now = PEER_TURN_LEASE_MS - 1;
    await soon();
    expect(isBegun).toBe(false);
    now = PEER_TURN_LEASE_MS;
    await next;
    expect(isBegun).toBe(true);
  });
});
