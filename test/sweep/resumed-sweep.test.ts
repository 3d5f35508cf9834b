import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ended, isobit, startIsobit } from "../support/isobit.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { lasting, newFolder, readResults, readWholeLines, summaryIn } from "./sweeps.ts";

/* Sweeps that end early, in every way there is, and go on as if nothing had happened. */

let stack: RunningStack;
let folder: string;
let whole: Ended;
let wholeFolder: string;

const SOME = ["--model", "digits", "--limit", "200", "--json"];

beforeAll(async () => {
  stack = await startStack();
  wholeFolder = await newFolder();
  whole = await isobit(["sweep", ...SOME, "--url", stack.edgeUrl, "--backends", "WASM,CPU", "--out", wholeFolder]);
});

afterAll(async () => {
  await stack?.stop();
  await rm(wholeFolder, { recursive: true });
});

beforeEach(async () => {
  folder = await newFolder();
});

afterEach(() => rm(folder, { recursive: true }));

function args(...more: string[]): string[] {
  return ["sweep", ...SOME, "--url", stack.edgeUrl, "--backends", "WASM,CPU", "--out", folder, ...more];
}

const file = (): string => join(folder, "sweep.jsonl");

async function expectAsUninterrupted(ended: Ended): Promise<void> {
  expect(ended.code).toBe(whole.code);
  expect(lasting(summaryIn(ended.stdout))).toEqual(lasting(summaryIn(whole.stdout)));
  expect((await readResults(folder)).rows).toEqual((await readResults(wholeFolder)).rows);
}

/** Until so many images are done. */
async function rowsIn(at: string, count: number): Promise<void> {
  while ((await readWholeLines(at)).length <= count) await delay(5);
}

describe("an end in the middle", () => {
  test("kill -9: nothing is lost and nothing done twice", async () => {
    const running = startIsobit(args("--batch", "1"));
    await rowsIn(folder, 20);
    running.signal("SIGKILL");
    await running.ended;
    const done = (await readWholeLines(folder)).length - 1;
    expect(done).toBeGreaterThanOrEqual(20);
    expect(done).toBeLessThan(200);
    const resumed = await isobit(args("--resume", file()));
    expect(summaryIn(resumed.stdout).resumed).toBe(done);
    await expectAsUninterrupted(resumed);
  });

  test("Ctrl-C: exit code 130, and the command that it prints does the rest", async () => {
    const running = startIsobit(args("--batch", "1"));
    await rowsIn(folder, 10);
    running.signal("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const [, count] = /Stopped\. (\d+) of 200 images are done\. Go on with:$/m.exec(stderr) ?? [];
    expect(Number(count)).toBe((await readResults(folder)).rows.length);
    const [, command] = /^ {2}isobit (.*)$/m.exec(stderr) ?? [];
    expect(command).toContain(`--resume ${file()}`);
    await expectAsUninterrupted(await isobit(command!.split(" ")));
  });

  test("after the last image: there is nothing left to do, and the summary is the same", async () => {
    await copyFile(join(wholeFolder, "sweep.jsonl"), file());
    const resumed = await isobit(args("--resume", file()));
    expect(summaryIn(resumed.stdout)).toMatchObject({ resumed: 200, rate: null });
    await expectAsUninterrupted(resumed);
  });

  test.each([1, 2, 400, 1_000, 60_000])("a file that was torn %i bytes before its end", async (bytes) => {
    const text = await readFile(join(wholeFolder, "sweep.jsonl"));
    await writeFile(file(), text.subarray(0, text.length - bytes));
    const kept = (await readWholeLines(folder)).length - 1;
    const resumed = await isobit(args("--resume", file()));
    expect(summaryIn(resumed.stdout).resumed).toBe(kept);
    await expectAsUninterrupted(resumed);
  });

  test("without --resume it begins anew", async () => {
    await copyFile(join(wholeFolder, "sweep.jsonl"), file());
    const again = await isobit(args());
    expect(summaryIn(again.stdout).resumed).toBe(0);
    await expectAsUninterrupted(again);
  });
});

test("images that the origin did not answer are asked again, and no others", async () => {
  await stack.killOrigin();
  // The pictures need no origin, so that WASM answers alone.
  const without = await isobit(args("--batch", "50"));
  expect(without.code).toBe(2);
  expect(summaryIn(without.stdout)).toMatchObject({ verdict: "INCOMPLETE", failures: 200 });
  await stack.startOrigin();
  // Ten of them were answered in time.
  const lines = (await readFile(file(), "utf8")).split("\n");
  const good = (await readFile(join(wholeFolder, "sweep.jsonl"), "utf8")).split("\n");
  await writeFile(file(), [lines[0], ...good.slice(1, 11), ...lines.slice(11)].join("\n"));
  const resumed = await isobit(args("--resume", file()));
  expect(summaryIn(resumed.stdout)).toMatchObject({ resumed: 10, failures: 0 });
  expect(lasting(summaryIn(resumed.stdout))).toEqual(lasting(summaryIn(whole.stdout)));
  const { rows } = await readResults(folder);
  expect(rows).toHaveLength(200 + 190);
  expect(rows.slice(200)).toEqual((await readResults(wholeFolder)).rows.slice(10));
});

describe("a file that does not belong to the sweep is refused, and stays as it was", () => {
  test.each<[string, string[], string]>([
    ["another model", ["--model", "digits-exact"], "its model was digits ("],
    ["fewer images", ["--limit", "100"], "its data set was 200 images of mnist"],
    ["other images", ["--inputs", "images", "--limit", "10"], "its data set was 200 images of mnist"],
    ["other sources", ["--backends", "WASM,CPU,CUDA"], "its sources was WASM, CPU, and now it is WASM, CPU, CUDA"],
    ["another reference", ["--reference", "WASM"], "its reference was CPU, and now it is WASM"],
    ["a tolerance", ["--ulp", "4"], 'its tolerance was null, and now it is {"ulp":4}'],
  ])("%s", async (_name, more, why) => {
    await copyFile(join(wholeFolder, "sweep.jsonl"), file());
    const { code, stdout, stderr } = await isobit(args(...more, "--resume", file()));
    expect(stderr).toContain(`${file()} cannot be resumed: ${why}`);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(await readFile(file())).toEqual(await readFile(join(wholeFolder, "sweep.jsonl")));
  });

  test.each<[string, (text: string) => string, string]>([
    ["no file of a sweep", () => "{}\n", "it is no results file of a sweep"],
    ["no JSON", () => "hello\n", "it is no results file of a sweep"],
    ["an empty one", () => "", "it has no whole line"],
    ["one of a later version", (text) => text.replace('"version":1', '"version":2'), "its format has version 2"],
    ["another runtime", (text) => text.replace(/"runtimeVersion":"[^"]*"/, '"runtimeVersion":"0.1"'), "its WASM was"],
    ["a damaged line", (text) => text.replace(/\n.*\n/, "\n{]\n"), "its line 2 is damaged"],
    ["an image too many", (text) => text.replace('"index":7,', '"index":200,'), "its line 9 is damaged"],
  ])("%s", async (_name, change, why) => {
    const text = change(await readFile(join(wholeFolder, "sweep.jsonl"), "utf8"));
    await writeFile(file(), text);
    const { code, stderr } = await isobit(args("--resume", file()));
    expect(stderr).toContain(why);
    expect(code).toBe(64);
    expect(await readFile(file(), "utf8")).toBe(text);
  });

  test("one that is not there", async () => {
    const { code, stderr } = await isobit(args("--resume", file()));
    expect(stderr).toContain("cannot be opened");
    expect(code).toBe(64);
  });
});

// Two starts of a whole stack take their time where others work beside it.
test("on a stack of its own, which Ctrl-C ends with it", { timeout: 240_000 }, async () => {
  const env = { EDGE_PORT: "1" };
  const own = ["sweep", ...SOME, "--backends", "WASM,CPU", "--out", folder];
  const running = startIsobit([...own, "--batch", "1"], { env });
  await rowsIn(folder, 5);
  const children = descendantsOf(running.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  running.signal("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
  const done = (await readResults(folder)).rows.length;
  const resumed = await isobit([...own, "--resume", file()], { env });
  expect(summaryIn(resumed.stdout).resumed).toBe(done);
  await expectAsUninterrupted(resumed);
});
