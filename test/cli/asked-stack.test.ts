import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "#node/ports.ts";
import { isobit, type Ended } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";
import { type RunningStack, startStack } from "../support/stack.ts";

/* A running stack answers only what the options and the environment ask for. */

const MODELS = join(import.meta.dirname, "..", "..", "models");
const ASKING = [["parity", "--images", "3"], ["predict", "3"], ["trace"], ["sweep", "--images", "3"]];

let stack: SharedStack;
let folder: string;
let running: Readonly<Record<string, string>>;

beforeAll(async () => {
  [stack, folder] = await Promise.all([sharedStack(), mkdtemp(join(tmpdir(), "isobit-asked-"))]);
  await copyFile(join(MODELS, "digits.onnx"), join(folder, "own.onnx"));
  running = { ...NO_VULKAN, EDGE_PORT: new URL(stack.edgeUrl).port, ORIGIN_PORT: new URL(stack.originUrl).port };
});
afterAll(() => rm(folder, { recursive: true }));

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return isobit(args, { cwd: folder, env: { ...running, ...env } });
}

describe.each(ASKING)("isobit %s", (...command) => {
  test("says which address and model it asks", async () => {
    const { stderr } = await run(command);
    expect(stderr).toContain(
      `Asking http://localhost:${running["EDGE_PORT"]}: model digits-exact (sha256 61c7a5e4f9a1).`,
    );
  });

  test("refuses a model that does not exist, and asks no other in its place", async () => {
    const { code, stdout, stderr } = await run(command, { MODEL: "/nonexistent.onnx" });
    expect(stderr).toBe("/nonexistent.onnx is missing. Check the path, or restore the file.\n");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});

test.each([
  [{ MODEL_JSON: "/nonexistent.json" }, 64, "/nonexistent.json: It is missing"],
  [{ MODEL: "a.onnx", MODEL_JSON: "b.json" }, 2, "Set one of them"],
  [{ MODEL_SCALE: "1" }, 2, "MODEL_SCALE is set, but MODEL is not"],
  [{ MODEL: "own.onnx", MODEL_STD: "0" }, 2, "MODEL_STD"],
  [{ PEERS: "go=http://127.0.0.1:1" }, 64, "PEERS"],
  [{ PARAGON_GPU: "GPU" }, 64, "PARAGON_GPU"],
  [{ EDGE_URL: "localhost" }, 64, "EDGE_URL"],
  [{ EDGE_PORT: "http" }, 64, "EDGE_PORT"],
  [{ ORIGIN_URL: "http://127.0.0.1:9" }, 64, "is not of one stack with http://127.0.0.1:9"],
])("what %j asks for is refused, and nothing is asked in its place", async (env, expected, sentence) => {
  const { code, stdout, stderr } = await run(["predict", "3"], env);
  expect(stderr).toContain(sentence);
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
});

describe("the user's own model", () => {
  test.each([
    ["MODEL", ["predict", "3", "--json"], { MODEL: "own.onnx" }],
    ["--model of predict", ["predict", "3", "--json", "--model", "own.onnx"], {}],
  ])("named by %s runs on a temporary stack", async (_name, args, env) => {
    const { code, stdout, stderr } = await run(args, env);
    expect(stderr).toMatch(
      /^The server at \S+ serves digits-exact .* by default, not own\.onnx as it is now .*; starting a temporary one/,
    );
    expect(stderr).toMatch(/^Asking http:\/\/localhost:\d+: model own \(sha256 f2fa513752a8\)\.$/m);
    expect(JSON.parse(stdout).answers[0].prediction).toMatchObject({ label: "3", model: { id: "own" } });
    expect(code).toBe(0);
  });

  test("named by --model of parity runs on a temporary stack", async () => {
    const args = ["parity", "--model", "own.onnx", "--images", "0-1", "--backends", "WASM,CPU", "--json"];
    const { code, stdout } = await run(args);
    expect(JSON.parse(stdout)).toMatchObject({ models: [{ id: "own" }], total: 2, outcome: "DRIFT" });
    expect(code).toBe(1);
  });

  test.each([
    ["MODEL", [], { MODEL: "own.onnx" }, /Omit the address .*, or unset MODEL\.$/m],
    ["--model", ["--model", "own.onnx"], {}, /Omit the address to start a temporary stack\.$/m],
  ])("named by %s is refused at an address that does not serve it", async (_name, args, env, remedy) => {
    for (const address of [
      ["--url", stack.edgeUrl],
      ["--url", stack.originUrl],
    ]) {
      const { code, stdout, stderr } = await run(["predict", "3", ...args, ...address], env);
      expect(stderr).toMatch(/serves digits-exact .* by default, not own\.onnx as it is now/);
      expect(stderr).toMatch(remedy);
      expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    }
    const named = await run(["predict", "3", ...args], { ...env, EDGE_URL: stack.edgeUrl });
    expect(named.code).toBe(64);
  });

  describe("that the running stack serves", () => {
    let own: RunningStack;
    const path = (): string => join(folder, "served.onnx");
    beforeAll(async () => {
      await copyFile(join(MODELS, "digits.onnx"), path());
      own = await startStack({ env: { ...NO_VULKAN, MODEL: path(), MODEL_MEAN: "0.5" } });
    });
    afterAll(() => own?.stop());

    const predict = (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> =>
      run(["predict", "3", "--url", own.edgeUrl, ...args], env);

    test("is asked there, by MODEL and by its path", async () => {
      expect(await predict({ MODEL: path(), MODEL_MEAN: "0.5" })).toMatchObject({ code: 0 });
      expect(await predict({ MODEL_MEAN: "0.5" }, "--model", path())).toMatchObject({ code: 0 });
      expect(await predict({}), "the default model, if nothing else is asked for").toMatchObject({ code: 0 });
    });

    test("with other preprocessing is refused", async () => {
      const { code, stderr } = await predict({ MODEL: path(), MODEL_MEAN: "0.25" });
      expect(stderr).toContain("with another id, other labels or other preprocessing");
      expect(code).toBe(64);
    });

    test("and whose labels or bytes have changed since is refused", async () => {
      await writeFile(`${path()}.json`, JSON.stringify({ labels: [..."abcdefghij"] }));
      const labels = await predict({ MODEL: path(), MODEL_MEAN: "0.5" });
      await rm(`${path()}.json`);
      expect(labels.stderr).toContain("other labels");
      await copyFile(join(MODELS, "digits-exact.onnx"), path());
      const bytes = await predict({ MODEL: path(), MODEL_MEAN: "0.5" });
      expect(bytes.stderr).toMatch(/serves served \(sha256 f2fa5137.*\) by default, not .*served\.onnx as it is now/);
      expect([labels.code, bytes.code]).toEqual([64, 64]);
    });
  });
});

describe("peers", () => {
  test("of PEERS that the running stack does not know are asked on a temporary one", async () => {
    const { code, stderr } = await run(["parity", "--images", "3", "--peer", "go", "--json"], {
      PEERS: "go=paragon+http://127.0.0.1:9",
    });
    expect(stderr).toMatch(/does not know the peer go as PEERS describes it; starting a temporary one/);
    expect(code).toBe(2);
  });

  test("that nothing names are refused before a stack is started", async () => {
    const { code, stderr } = await run(["parity", "--peer", "go"], { EDGE_PORT: String(await freePort()) });
    expect(stderr).toBe(
      'No peer is called "go": PEERS names none. Set PEERS, e.g. PEERS=go=oip+http://127.0.0.1:8000.\n',
    );
    expect(code).toBe(64);
  });
});

describe("without a running stack, what cannot be asked is refused before one is started", () => {
  test.each([
    [["parity", "--model", "nope"], 64, 'No model is called "nope". Served: digits-exact, digits.'],
    [["predict", "--model", "nope.onnx"], 64, "nope.onnx is missing"],
    [["sweep", "--inputs", "nowhere.npy"], 64, "nowhere.npy"],
    [["sweep", "--inputs", "text.npy"], 2, "text.npy"],
    [["sweep", "--inputs", "empty"], 64, "empty"],
    [["parity", "--against", "nowhere.json"], 64, "nowhere.json"],
    [["predict", "3"], 64, "ORIGIN_URL", { ORIGIN_URL: "http://127.0.0.1:9" }],
  ] as const)("isobit %j", async (args, expected, sentence, env: Readonly<Record<string, string>> = {}) => {
    await writeFile(join(folder, "text.npy"), "not an array");
    const { code, stdout, stderr } = await run(args, { EDGE_PORT: String(await freePort()), ...env });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^Asking|starting a temporary one/m);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  });
});

test("EDGE_PORT=0 means a new stack, and EDGE_URL names one", async () => {
  const fresh = await run(["predict", "3"], { EDGE_PORT: "0", ORIGIN_PORT: "0" });
  expect(fresh.stderr).toMatch(/^EDGE_PORT=0 means a new stack; starting a temporary one/);
  const named = await run(["predict", "3"], { EDGE_PORT: "1", EDGE_URL: stack.originUrl });
  expect(named.stderr).toBe(`Asking ${stack.originUrl}: model digits-exact (sha256 61c7a5e4f9a1).\n`);
  expect([fresh.code, named.code]).toEqual([0, 0]);
});

test("only parity leaves files that were not asked for", async () => {
  const cwd = await mkdtemp(join(folder, "files-"));
  const options = { cwd, env: running };
  for (const args of [["predict", "3"], ["trace"], ["sweep", "--images", "3"], ["parity", "--images", "3", "--json"]])
    await isobit(args, options);
  await isobit(["compare", "digits", "--images", "3"], options);
  await isobit(["certify", "digits", "--json"], options);
  expect(await readdir(cwd)).toEqual([]);
  await isobit(["compare", "digits", "--images", "3", "--json", "--out", "one"], options);
  await isobit(["sweep", "--images", "3", "--report", "md"], options);
  expect(await readdir(join(cwd, "one"))).toEqual(["parity_report.json", "parity_summary.csv"]);
  expect((await readdir(cwd)).toSorted()).toEqual(["one", "parity_report.md"]);
  const { stderr } = await isobit(["parity", "--images", "3"], options);
  expect(stderr).toContain("Wrote ");
  expect(await readdir(cwd)).toEqual(expect.arrayContaining(["parity_report.json", "parity_summary.csv"]));
});
