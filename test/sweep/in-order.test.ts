import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "#library/sweep/in-order.ts";

const NEVER = new AbortController().signal;

async function* from<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("results come in the items' order, in any order of completion, and never more than so many are under way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (waits, atOnce) => {
      let underWay = 0;
      let most = 0;
      const work = async (milliseconds: number): Promise<number> => {
        most = Math.max(most, ++underWay);
        await delay(milliseconds);
        underWay--;
        return milliseconds;
      };
      expect(await collect(inOrder(from(waits), work, atOnce, NEVER))).toEqual(waits);
      expect(most).toBe(Math.min(atOnce, waits.length));
    }),
    { numRuns: 30 },
  );
});

test("a failure ends everything under way, and is thrown", async () => {
  const stopped: number[] = [];
  const work = async (item: number, stop: AbortSignal): Promise<number> => {
    if (item === 2) throw new Error("the third fails");
    if (item < 2) return item;
    await delay(60_000, undefined, { signal: stop }).catch(() => stopped.push(item));
    return item;
  };
  const seen: number[] = [];
  await expect(async () => {
    for await (const item of inOrder(from([0, 1, 2, 3, 4]), work, 4, NEVER)) seen.push(item);
  }).rejects.toThrow("the third fails");
  expect(seen).toEqual([0, 1]);
  expect(stopped).toEqual([3, 4]);
});

test("nothing more is begun once it is told to stop", async () => {
  const controller = new AbortController();
  const begun: number[] = [];
  const work = async (item: number): Promise<number> => {
    begun.push(item);
    if (item === 1) controller.abort();
    return item;
  };
  await expect(collect(inOrder(from([0, 1, 2, 3]), work, 2, controller.signal))).rejects.toThrow();
  expect(begun).toEqual([0, 1]);
});
