import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseBackends } from "#cli/arguments.ts";
import { type SweepWanted, sweepOn } from "#library/sweep/sweep-on-stack.ts";
import { type SweepSummary, summaryOf } from "#library/sweep/summary.ts";
import { isobit, startIsobit } from "../support/isobit.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { lasting, newFolder, readResults, readWholeLines, summaryIn } from "./sweeps.ts";

/* Sweeps that end early, in every way there is, and go on as if nothing had happened. */

let stack: RunningStack;
let folder: string;
let whole: SweepSummary;
let wholeFolder: string;

beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
  wholeFolder = await newFolder();
  whole = await sweepHere({ out: wholeFolder });
});

afterAll(async () => {
  await stack?.stop();
  await rm(wholeFolder, { recursive: true });
});

beforeEach(async () => {
  folder = await newFolder();
});

afterEach(() => rm(folder, { recursive: true }));

const COUNT = 200;

/** The command's own work, in this process: what a process adds is what the tests that kill one are about. */
async function sweepHere(wanted: Partial<SweepWanted> = {}): Promise<SweepSummary> {
  const { signal } = new AbortController();
  const options = { model: "digits", backends: parseBackends("WASM,CPU"), limit: COUNT, batch: 100, tolerance: null };
  const sides = { edge: stack.edgeUrl, origin: null };
  return summaryOf(
    await sweepOn(
      sides,
      { ...options, out: folder, ...wanted },
      { stop: signal, state: { started: null }, onProgress: () => {} },
    ),
  );
}

function args(...more: string[]): string[] {
  const some = ["--model", "digits", "--limit", String(COUNT), "--json", "--out", folder];
  return ["sweep", ...some, "--url", stack.edgeUrl, "--backends", "WASM,CPU", ...more];
}

const file = (): string => join(folder, "sweep.jsonl");
const wholeText = (): Promise<string> => readFile(join(wholeFolder, "sweep.jsonl"), "utf8");

async function expectAsUninterrupted(summary: SweepSummary): Promise<void> {
  expect(lasting(summary)).toEqual(lasting(whole));
  expect((await readResults(folder)).rows).toEqual((await readResults(wholeFolder)).rows);
}

/** Until so many images are done. */
async function rowsIn(at: string, count: number): Promise<void> {
  while ((await readWholeLines(at)).length <= count) await delay(5);
}

describe("an early end", () => {
  test("kill -9: no image is lost or run twice", async () => {
    const running = startIsobit(args("--batch", "1"));
    await rowsIn(folder, 20);
    running.signal("SIGKILL");
    await running.ended;
    const done = (await readWholeLines(folder)).length - 1;
    expect(done).toBeGreaterThanOrEqual(20);
    expect(done).toBeLessThan(COUNT);
    const resumed = await sweepHere({ resume: file() });
    expect(resumed.resumed).toBe(done);
    await expectAsUninterrupted(resumed);
  });

  test("Ctrl-C: exit code 130, and the command that it prints completes the sweep", async () => {
    const running = startIsobit(args("--batch", "1"));
    await rowsIn(folder, 10);
    running.signal("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const [, count] = /Stopped\. (\d+) of 200 images are done\. Continue with:$/m.exec(stderr) ?? [];
    expect(Number(count)).toBe((await readResults(folder)).rows.length);
    const [, command] = /^ {2}isobit (.*)$/m.exec(stderr) ?? [];
    expect(command).toContain(`--resume ${file()}`);
    const rest = await isobit(command!.split(" "));
    expect(rest.code, rest.stderr).toBe(1);
    await expectAsUninterrupted(summaryIn(rest.stdout));
  });

  test("after the last image: there is nothing left to do, and the summary is the same", async () => {
    await copyFile(join(wholeFolder, "sweep.jsonl"), file());
    const resumed = await sweepHere({ resume: file() });
    expect(resumed).toMatchObject({ resumed: COUNT, rate: null });
    await expectAsUninterrupted(resumed);
  });

  test.each([1, 2, 400, 1_000, 60_000])("a file that was torn %i bytes before its end", async (bytes) => {
    const text = await readFile(join(wholeFolder, "sweep.jsonl"));
    await writeFile(file(), text.subarray(0, text.length - bytes));
    const kept = (await readWholeLines(folder)).length - 1;
    const resumed = await sweepHere({ resume: file() });
    expect(resumed.resumed).toBe(kept);
    await expectAsUninterrupted(resumed);
  });

  test("without --resume it begins anew", async () => {
    await copyFile(join(wholeFolder, "sweep.jsonl"), file());
    const again = await sweepHere();
    expect(again.resumed).toBe(0);
    await expectAsUninterrupted(again);
  });
});

test("images that the origin did not answer are asked again, and no others", async () => {
  await stack.killOrigin();
  // The images need no origin, so that WASM answers alone.
  expect(await sweepHere({ batch: 50 })).toMatchObject({ verdict: "INCOMPLETE", failures: COUNT });
  await stack.startOrigin();
  // Ten of them were answered in time.
  const lines = (await readFile(file(), "utf8")).split("\n");
  const good = (await wholeText()).split("\n");
  await writeFile(file(), [lines[0], ...good.slice(1, 11), ...lines.slice(11)].join("\n"));
  const resumed = await sweepHere({ resume: file() });
  expect(resumed).toMatchObject({ resumed: 10, failures: 0 });
  expect(lasting(resumed)).toEqual(lasting(whole));
  const { rows } = await readResults(folder);
  expect(rows).toHaveLength(COUNT + 190);
  expect(rows.slice(COUNT)).toEqual((await readResults(wholeFolder)).rows.slice(10));
});

test("an image that only the origin decodes is retried once the origin is back, and a file that is not an image is not", async () => {
  const inputs = join(folder, "set");
  await mkdir(inputs);
  await sharp(join("images", "7.png")).jpeg({ quality: 100 }).toFile(join(inputs, "a.jpg"));
  await copyFile(join("images", "3.png"), join(inputs, "b.png"));
  await writeFile(join(inputs, "c.png"), "no image");
  const some = { inputs: [inputs], backends: parseBackends("WASM") };
  await stack.killOrigin();
  expect(await sweepHere(some)).toMatchObject({ images: 3, failures: 2 });
  await stack.startOrigin();
  expect(await sweepHere({ ...some, resume: file() })).toMatchObject({ images: 3, resumed: 2, failures: 1 });
  const { rows } = await readResults(folder);
  expect(rows.map(({ id, outputs }) => [id, outputs["WASM"]])).toMatchObject([
    ["a.jpg", { error: { code: "ORIGIN_UNREACHABLE" } }],
    ["b.png", { classIndex: 3 }],
    ["c.png", { error: { code: "UNSUPPORTED_IMAGE" } }],
    ["a.jpg", { classIndex: 7 }],
  ]);
});

describe("a file that does not belong to the sweep is refused, and stays as it was", () => {
  async function expectRefused(text: string, why: string, wanted: Partial<SweepWanted> = {}): Promise<void> {
    await writeFile(file(), text);
    await expect(sweepHere({ ...wanted, resume: file() })).rejects.toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringContaining(`${file()} cannot be resumed: ${why}`),
    });
    expect(await readFile(file(), "utf8")).toBe(text);
  }

  test.each<[string, Partial<SweepWanted>, string]>([
    ["another model", { model: "digits-exact" }, "its model was digits ("],
    ["fewer images", { limit: 100 }, "its data set was 200 images of mnist"],
    ["other images", { inputs: ["images"], limit: 10 }, "its data set was 200 images of mnist"],
    [
      "other sources",
      { backends: parseBackends("WASM,CPU,CUDA") },
      "its sources was WASM, CPU, and now it is WASM, CPU, CUDA",
    ],
    ["another reference", { reference: "WASM" }, "its reference was CPU, and now it is WASM"],
    ["a tolerance", { tolerance: { ulp: 4 } }, 'its tolerance was null, and now it is {"ulp":4}'],
  ])("%s", async (_name, wanted, why) => {
    await expectRefused(await wholeText(), why, wanted);
  });

  test.each<[string, (text: string) => string, string]>([
    ["no file of a sweep", () => "{}\n", "it is not a results file of a sweep"],
    ["no JSON", () => "hello\n", "it is not a results file of a sweep"],
    ["an empty one", () => "", "it has no whole line"],
    ["one of a later version", (text) => text.replace('"version":1', '"version":2'), "its format has version 2"],
    ["another runtime", (text) => text.replace(/"runtimeVersion":"[^"]*"/, '"runtimeVersion":"0.1"'), "its WASM was"],
  ])("%s", async (_name, change, why) => {
    await expectRefused(change(await wholeText()), why);
  });

  test("a missing model, by the command itself", async () => {
    const { code, stdout, stderr } = await isobit(args("--resume", file()));
    expect(stderr).toContain("is missing. Check the path.");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});

test("an image whose line was deleted runs again", async () => {
  const lines = (await wholeText()).split("\n");
  await writeFile(file(), lines.toSpliced(8, 1).join("\n"));
  const resumed = await sweepHere({ resume: file() });
  expect(resumed).toMatchObject({ resumed: COUNT - 1, failures: 0, pairs: [{ compared: COUNT }] });
  expect((await readResults(folder)).rows.at(-1)).toEqual((await readResults(wholeFolder)).rows[7]);
});

describe("a changed line is refused by its number, and the file stays unchanged", () => {
  const LINE = 9;

  /** The eighth image's line, as the whole sweep left it. */
  async function changed(change: (line: string) => string): Promise<string> {
    const lines = (await wholeText()).split("\n");
    const line = lines[LINE - 1]!;
    lines[LINE - 1] = change(line);
    expect(lines[LINE - 1], "the line is as it was").not.toBe(line);
    return lines.join("\n");
  }

  test.each<[string, (line: string) => string, string]>([
    ["no JSON", () => "{]", "is damaged"],
    ["a number instead", () => "7", "is damaged"],
    ["an image too many", (line) => line.replace('"index":7,', '"index":200,'), "is damaged"],
    ["a source less", (line) => line.replace('"WASM":{', '"WASN":{'), "is damaged"],
    ["a pair less", (line) => line.replace(/"pairs":\[.*\]/, '"pairs":[]'), "is damaged"],
    ["logits that are too few", (line) => line.replace(/"bits":"[^"]*"/, '"bits":"AAAAAA=="'), "is damaged"],
    [
      "another label",
      (line) => line.replace(/"label":"\d"/, '"label":"3"'),
      "is not what its bits say: it says label 3 of WASM, they 9",
    ],
    [
      "another verdict",
      (line) => line.replace('"verdict":"DRIFT"', '"verdict":"IDENTICAL"'),
      "is not what its bits say: it says IDENTICAL of WASM, they DRIFT",
    ],
    [
      "another bit",
      (line) => line.replace(/"bits":"(.)/, (_all, first: string) => `"bits":"${first === "A" ? "B" : "A"}`),
      "is not what its bits say: its hash of WASM is another",
    ],
    [
      "another hash",
      (line) => line.replace(/"logitsSha256":"./, '"logitsSha256":"x'),
      "is not what its bits say: its hash of WASM is another",
    ],
    ["another metric", (line) => line.replace(/"maxUlp":\d+/, '"maxUlp":1000000'), "is not what its bits say"],
    ["another key", (line) => line.replace('"id"', '"note":"mine","id"'), "is not what its bits say"],
    [
      "a certificate's violation left out",
      (line) => line.replace('"inCertifiedDomain":false', '"inCertifiedDomain":true'),
      "leaves out that its bits of WASM violate a certificate",
    ],
  ])("%s", async (_name, change, why) => {
    const text = await changed(change);
    await writeFile(file(), text);
    await expect(sweepHere({ resume: file() })).rejects.toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringContaining(
        `${file()} cannot be resumed: its line ${LINE} ${why}. Delete line ${LINE} of ${file()}, and`,
      ),
    });
    expect(await readFile(file(), "utf8")).toBe(text);
  });
});

// Two starts of a whole stack take their time where others work next to it.
test("on a stack of its own, which Ctrl-C ends with it", { timeout: 240_000 }, async () => {
  const env = { EDGE_PORT: "1", ...NO_VULKAN };
  const some = ["--model", "digits", "--limit", String(COUNT), "--json"];
  const own = ["sweep", ...some, "--backends", "WASM,CPU", "--out", folder];
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
  await expectAsUninterrupted(summaryIn(resumed.stdout));
});
