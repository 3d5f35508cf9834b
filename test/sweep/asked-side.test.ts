import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseBackends } from "#cli/arguments.ts";
import { chooseSide, type Sides } from "#library/sweep/asked-side.ts";
import type { SubjectWanted } from "#library/sweep/subject.ts";
import { isError } from "#library/sweep/swept-row.ts";
import { type Ended, type RunningCommand, startIsobit } from "../support/isobit.ts";
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
  return (await chooseSide(whole, wanted, new AbortController().signal)).url;
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
});

describe("a side that dies in the middle", () => {
  const IMAGES = 300;

  function args(...more: string[]): string[] {
    const some = ["--backends", "WASM,CPU", "--limit", String(IMAGES), "--batch", "5", "--json", "--out", folder];
    return ["sweep", ...some, ...more];
  }

  function start(...more: string[]): RunningCommand {
    const env = { EDGE_PORT: new URL(stack.edgeUrl).port, ORIGIN_PORT: new URL(stack.originUrl).port };
    return startIsobit(args(...more), { env });
  }

  const someRows = async (): Promise<void> => {
    while ((await readWholeLines(folder)).length <= 20) await delay(5);
  };

  /** Every image once, in order, and answered by all. */
  async function expectWhole({ code, stdout, stderr }: Ended): Promise<void> {
    expect(code, stderr).toBe(0);
    expect(summaryIn(stdout)).toMatchObject({ images: IMAGES, failures: 0, verdict: "IDENTICAL" });
    const { rows } = await readResults(folder);
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: IMAGES }, (_, index) => index));
  }

  test.each<[string, readonly string[], "origin" | "edge", RegExp]>([
    ["the origin, which is asked", [], "origin", /^http:\/\/localhost:\d+ cannot be reached/m],
    ["the origin, of which the edge is asked", ["--url", "EDGE"], "origin", /^CPU answers no more\. The origin at/m],
    ["the edge, of which the origin is asked", [], "edge", /^WASM answers no more\. The edge at/m],
  ])("%s: the sweep stops, no image is lost, and --resume does the rest", { timeout: 80_000 }, async (...each) => {
    const [, url, side, why] = each;
    const asked = url.map((word) => (word === "EDGE" ? stack.edgeUrl : word));
    const running = start(...asked);
    await someRows();
    await (side === "edge" ? stack.killEdge() : stack.killOrigin());
    const { code, stdout, stderr } = await running.ended;
    await (side === "edge" ? stack.startEdge() : stack.startOrigin());
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(why);
    const { rows } = await readResults(folder);
    expect(rows.length).toBeLessThan(IMAGES);
    expect(rows.flatMap(({ outputs }) => Object.values(outputs)).filter(isError)).toEqual([]);
    expect(stderr).toContain(`${rows.length} of ${IMAGES} images are done. Go on with:\n  isobit `);
    expect(stderr).toContain(`--resume ${folder}/sweep.jsonl`);
    const again = await start(...asked, "--resume", `${folder}/sweep.jsonl`).ended;
    expect(summaryIn(again.stdout).resumed).toBe(rows.length);
    await expectWhole(again);
  });

  test("an origin that is soon there again is waited for", { timeout: 80_000 }, async () => {
    const running = start();
    await someRows();
    await stack.killOrigin();
    await stack.startOrigin();
    await expectWhole(await running.ended);
  });

  test("resumed before the side is back, it stops again and loses nothing", { timeout: 80_000 }, async () => {
    const running = start("--url", stack.edgeUrl);
    await someRows();
    running.signal("SIGINT");
    await running.ended;
    await stack.killOrigin();
    const before = await readResults(folder);
    const again = await start("--url", stack.edgeUrl, "--resume", `${folder}/sweep.jsonl`).ended;
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/CPU answers no more\. The origin at/);
    expect(await readResults(folder)).toEqual(before);
    await stack.startOrigin();
    await expectWhole(await start("--resume", `${folder}/sweep.jsonl`).ended);
  });
});
