import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseBackends } from "#cli/arguments.ts";
import { chooseSide, type Sides } from "#cli/sweep/asked-side.ts";
import type { SubjectWanted } from "#cli/sweep/subject.ts";
import { startIsobit } from "../support/isobit.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { newFolder, readResults, readWholeLines, summaryIn } from "./sweeps.ts";

/* Which of a stack's two sides a sweep asks, and what it does when that one dies. */

let stack: RunningStack;
let stranger: RunningOrigin;
let folder: string;

beforeAll(async () => {
  [stack, stranger] = await Promise.all([startStack({ env: NO_VULKAN }), startOrigin({ env: NO_VULKAN })]);
});

afterAll(() => Promise.all([stack?.stop(), stranger?.stop()]));

beforeEach(async () => {
  folder = await newFolder();
});

afterEach(() => rm(folder, { recursive: true }));

const BOTH: SubjectWanted = { backends: parseBackends("WASM,CPU") };

async function chosen(sides: Partial<Sides> = {}, wanted = BOTH): Promise<string> {
  const whole = { edge: stack.edgeUrl, origin: stack.originUrl, ...sides };
  return (await chooseSide(whole, wanted, new AbortController().signal)).side.url;
}

describe("the side that is asked", () => {
  test("is the origin, where backends of both sides take part", async () => {
    expect(await chosen()).toBe(stack.originUrl);
    expect(await chosen({}, {})).toBe(stack.originUrl);
  });

  test("is the edge, where one side does it all", async () => {
    expect(await chosen({}, { backends: parseBackends("WASM") })).toBe(stack.edgeUrl);
    expect(await chosen({}, { backends: parseBackends("CPU") })).toBe(stack.edgeUrl);
  });

  test("is the one that was named", async () => {
    expect(await chosen({ origin: null })).toBe(stack.edgeUrl);
    expect(await chosen({ edge: stack.originUrl, origin: null })).toBe(stack.originUrl);
  });

  test("is no origin that cannot be reached, nor one of another stack", async () => {
    expect(await chosen({ origin: "http://127.0.0.1:9" })).toBe(stack.edgeUrl);
    expect(await chosen({ origin: stranger.url })).toBe(stack.edgeUrl);
  });

  test("is the other one, once this one is given up", async () => {
    const { side } = await chooseSide(
      { edge: stack.edgeUrl, origin: stack.originUrl },
      BOTH,
      new AbortController().signal,
    );
    side.turnToOther();
    expect(side.url).toBe(stack.edgeUrl);
    side.turnToOther();
    expect(side.url).toBe(stack.edgeUrl);
  });
});

test("an origin that dies in the middle: what it answered stands, and the edge says of the rest what is missing", async () => {
  const env = { EDGE_PORT: new URL(stack.edgeUrl).port, ORIGIN_PORT: new URL(stack.originUrl).port };
  const args = ["sweep", "--backends", "WASM,CPU", "--limit", "400", "--batch", "5", "--json", "--out", folder];
  const running = startIsobit(args, { env });
  while ((await readWholeLines(folder)).length <= 20) await delay(5);
  await stack.killOrigin();
  const { code, stdout, stderr } = await running.ended;
  const { failures, pairs } = summaryIn(stdout);
  expect(code, stderr).toBe(2);
  expect(failures).toBeGreaterThan(0);
  expect(pairs[0]).toMatchObject({ verdict: "INCOMPLETE", compared: 400 - failures, identical: 400 - failures });
  const { rows } = await readResults(folder);
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 400 }, (_, index) => index));
  expect(rows.at(-1)!.outputs).toMatchObject({
    WASM: { classIndex: rows.at(-1)!.expected },
    CPU: { error: { code: "ORIGIN_UNREACHABLE" } },
  });
  await stack.startOrigin();
  const resumed = startIsobit([...args, "--resume", `${folder}/sweep.jsonl`], { env });
  const again = await resumed.ended;
  expect(summaryIn(again.stdout)).toMatchObject({ resumed: 400 - failures, failures: 0, verdict: "IDENTICAL" });
});
