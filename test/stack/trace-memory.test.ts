import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedFor, NOT_LINUX } from "../support/missing.ts";
import { ask } from "../support/graphql.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf } from "../support/processes.ts";
import { startStack, type RunningStack } from "../support/stack.ts";

const TRACE = '{ trace(input: { image: "7" }, model: "digits-exact") { outcome } }';
const WARM_UP = 10;
const TRACES = 40;
/** A session that is never released keeps the weights and a copy of them: over 40 traces, some 50 MB. */
const MOST_GROWTH_KIB = 20 * 1024;

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(() => stack?.stop());

/** Of workerd, in KiB. */
function memoryOfWorker(): number {
  const workerd = descendantsOf(stack.edge().pid).find(({ commandLine }) => commandLine.includes("workerd"));
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerd?.pid}/status`, "utf8"))?.[1]);
}

describe("the Worker's memory", skippedFor(NOT_LINUX), () => {
  it("does not grow with the traces it has answered", async () => {
    for (let count = 0; count < WARM_UP; count++) await ask(stack.edgeUrl, TRACE);
    const before = memoryOfWorker();
    for (let count = 0; count < TRACES; count++) {
      const { body } = await ask(stack.edgeUrl, TRACE);
      expect(body.data.trace.outcome).toBe("IDENTICAL");
    }
    expect(before).toBeGreaterThan(0);
    expect(memoryOfWorker() - before).toBeLessThan(MOST_GROWTH_KIB);
  });
});
