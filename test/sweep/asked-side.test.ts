import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseBackends } from "#cli/arguments.ts";
import { chooseSide, type Sides } from "#library/sweep/asked-side.ts";
import type { SubjectWanted } from "#library/sweep/subject.ts";
import { isError } from "#library/sweep/swept-row.ts";
import { type Ended, type RunningCommand, startIsobit } from "../support/isobit.ts";
import { NO_VULKAN, startOrigin } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { newFolder, readResults, type Results, readWholeLines, summaryIn } from "./sweeps.ts";

/* Which of a stack's two sides a sweep asks, and what it does when that one dies. */

let stack: RunningStack;
let second: RunningStack;
let folder: string;

beforeAll(async () => {
  [stack, second] = await Promise.all([startStack({ env: NO_VULKAN }), startStack({ env: NO_VULKAN })]);
});

afterAll(() => Promise.all([stack?.stop(), second?.stop()]));

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
  test("is the origin, where backends of both sides are compared", async () => {
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

  test("is not an origin that cannot be reached, nor one of another stack", async () => {
    expect(await chosen({ origin: "http://127.0.0.1:9" })).toBe(stack.edgeUrl);
    const stranger = await startOrigin({ env: NO_VULKAN });
    expect(await chosen({ origin: stranger.url }).finally(() => stranger.stop())).toBe(stack.edgeUrl);
  });
});

describe("a side that crashes during a sweep", () => {
  const IMAGES = 300;

  function start(out: string, asked: readonly string[] = [], { edgeUrl, originUrl } = stack): RunningCommand {
    const env = { EDGE_PORT: new URL(edgeUrl).port, ORIGIN_PORT: new URL(originUrl).port };
    const some = ["--backends", "WASM,CPU", "--limit", String(IMAGES), "--batch", "5", "--json", "--out", out];
    return startIsobit(["sweep", ...some, ...asked], { env });
  }

  const someRows = async (at = folder): Promise<void> => {
    while ((await readWholeLines(at)).length <= 20) await delay(5);
  };

  /** Every image once, in order, and answered by all. */
  async function expectWhole({ code, stdout, stderr }: Ended, at = folder): Promise<void> {
    expect(code, stderr).toBe(0);
    expect(summaryIn(stdout)).toMatchObject({ images: IMAGES, failures: 0, verdict: "IDENTICAL" });
    const { rows } = await readResults(at);
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: IMAGES }, (_, index) => index));
  }

  interface Interrupted {
    readonly folder: string;
    readonly asked: readonly string[];
    readonly of: RunningStack;
    readonly running: RunningCommand;
  }

  /** A sweep that has some rows and stands still, so that it is not done before its side is away. */
  async function halfway(asked: readonly string[] = [], of = stack): Promise<Interrupted> {
    const at = await newFolder();
    const running = start(at, asked, of);
    await someRows(at);
    running.signal("SIGSTOP");
    return { folder: at, asked, of, running };
  }

  const goOn = ({ running }: Interrupted): Promise<Ended> => {
    running.signal("SIGCONT");
    return running.ended;
  };

  const resume = ({ folder: at, asked, of }: Interrupted): Promise<Ended> =>
    start(at, [...asked, "--resume", join(at, "sweep.jsonl")], of).ended;

  const OUTAGES = {
    "the origin, which is asked": /^http:\/\/localhost:\d+ cannot be reached/m,
    "the origin, of which the edge is asked": /^CPU no longer responds\. The origin at/m,
    "the edge, of which the origin is asked": /^WASM no longer responds\. The edge at/m,
  } as const;
  type Outage = keyof typeof OUTAGES;
  const interrupted = new Map<Outage, Interrupted & { readonly ended: Ended }>();
  /** One that was interrupted by its user, and what was kept of it when it was resumed while the origin was away. */
  let early: Interrupted;
  let earlyResults: { readonly before: Results; readonly ended: Ended; readonly after: Results };

  // A sweep tries for 15 s to reach a side, so all of them wait at the same time.
  beforeAll(async () => {
    const toOrigin = await halfway();
    const toEdge = await halfway(["--url", stack.edgeUrl]);
    early = await halfway(["--url", stack.edgeUrl]);
    early.running.signal("SIGINT");
    await goOn(early);
    const before = await readResults(early.folder);
    const withoutEdge = await halfway([], second);
    await Promise.all([stack.killOrigin(), second.killEdge()]);
    const [first, viaEdge, viaOrigin, ended] = await Promise.all([
      goOn(toOrigin),
      goOn(toEdge),
      goOn(withoutEdge),
      resume(early),
    ]);
    interrupted.set("the origin, which is asked", { ...toOrigin, ended: first });
    interrupted.set("the origin, of which the edge is asked", { ...toEdge, ended: viaEdge });
    interrupted.set("the edge, of which the origin is asked", { ...withoutEdge, ended: viaOrigin });
    earlyResults = { before, ended, after: await readResults(early.folder) };
    await Promise.all([stack.startOrigin(), second.startEdge()]);
  });

  afterAll(() =>
    Promise.all([...interrupted.values(), early].map((each) => each && rm(each.folder, { recursive: true }))),
  );

  test.each(Object.entries(OUTAGES) as [Outage, RegExp][])(
    "%s: the sweep stops, no image is lost, and --resume does the rest",
    { timeout: 80_000 },
    async (outage, why) => {
      const sweep = interrupted.get(outage)!;
      const { code, stdout, stderr } = sweep.ended;
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(why);
      const { rows } = await readResults(sweep.folder);
      expect(rows.length).toBeLessThan(IMAGES);
      expect(rows.flatMap(({ outputs }) => Object.values(outputs)).filter(isError)).toEqual([]);
      expect(stderr).toContain(`${rows.length} of ${IMAGES} images are done. Continue with:\n  isobit `);
      expect(stderr).toContain(`--resume ${sweep.folder}/sweep.jsonl`);
      const again = await resume(sweep);
      expect(summaryIn(again.stdout).resumed).toBe(rows.length);
      await expectWhole(again, sweep.folder);
    },
  );

  test("resumed before the side is back, it stops again and loses nothing", { timeout: 80_000 }, async () => {
    const { before, ended, after } = earlyResults;
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/CPU no longer responds\. The origin at/);
    expect(after).toEqual(before);
    await expectWhole(await resume({ ...early, asked: [] }), early.folder);
  });

  test("the sweep waits for an origin that returns soon", { timeout: 80_000 }, async () => {
    const running = start(folder);
    await someRows();
    await stack.killOrigin();
    await stack.startOrigin();
    await expectWhole(await running.ended);
  });
});
