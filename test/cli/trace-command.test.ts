import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnsweredTrace } from "#cli/trace/query.ts";
import { isobit, type Ended } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { startStack, type RunningStack } from "../support/stack.ts";

/* `isobit trace` against a real edge and a real origin. */

const ROOT = join(import.meta.dirname, "..", "..");

let stack: RunningStack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-trace-"));
  await copyFile(join(ROOT, "models", "digits.onnx"), join(folder, "own.onnx"));
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});

function trace(...args: string[]): Promise<Ended> {
  return isobit(["trace", "--url", stack.edgeUrl, ...args]);
}

async function traceJson(...args: string[]): Promise<AnsweredTrace> {
  return JSON.parse((await trace("--json", ...args)).stdout) as AnsweredTrace;
}

describe("the float model, WASM against CPU", () => {
  test("first differs at its first convolution, which the output says; exit code 1", async () => {
    const { code, stdout, stderr } = await trace("digits");
    expect(stdout).toMatch(/^Model digits \(sha256 \w{12}\), input 7: WASM against CPU$/m);
    expect(stdout).toMatch(/^Drift begins at conv1 \(Conv, node 0\): [\d,]+ of 6,272 elements differ, although/m);
    expect(stdout).toMatch(/^0 +conv1 +Conv +6,272 +[\d,]+ .*introduced here/m);
    expect(stdout).toMatch(/^1 +conv1\.relu +Relu .* inherited +INHERITED$/m);
    expect(stdout).toMatch(/^Exposing intermediates on CPU .*\nExposing intermediates on WASM .*$/m);
    expect(stdout).toContain("\nOutcome: DRIFT\n");
    expect(stderr).toMatch(/^Asking http:\S+: model digits \(sha256 f2fa513752a8\)\.\n$/);
    expect(code).toBe(1);
  });

  test("is complete as JSON", async () => {
    const answer = await traceJson("digits", "--image", "3", "--reference", "WASM", "--backend", "CPU");
    expect(answer).toMatchObject({ outcome: "DRIFT", reference: "WASM", backend: "CPU", model: { id: "digits" } });
    expect(answer.nodes.find(({ differingElements }) => differingElements > 0)).toEqual(answer.firstDrift);
    expect(answer.environment.map(({ backend }) => backend).toSorted()).toEqual(["CPU", "WASM"]);
  });

  test("is traced on an image of one's own as on the built-in one that it equals", async () => {
    const [built, own] = await Promise.all([
      traceJson("digits", "--image", "7"),
      traceJson("digits", "--file", join(ROOT, "images", "7.png")),
    ]);
    expect(own.inputSha256).toBe(built.inputSha256);
    expect(own.nodes).toEqual(built.nodes);
  });

  test("is traced on black ink on white paper with --invert as on the light ink that it stands for", async () => {
    const black = join(folder, "black.png");
    await sharp(join(ROOT, "images", "7.png"))
      .flatten()
      .negate()
      .png()
      .toFile(black);
    const [built, own] = [await traceJson("digits"), await traceJson("digits", "--file", black, "--invert")];
    expect(own.inputSha256).toBe(built.inputSha256);
    expect(own.nodes).toEqual(built.nodes);
  });
});

test("the exact model has no drift at all; exit code 0", async () => {
  const { code, stdout } = await trace();
  expect(stdout).toContain("No node differs in any bit between CPU and WASM.");
  expect(stdout).toContain("\nOutcome: IDENTICAL\n");
  expect(code).toBe(0);
});

test("a model's file is traced on its own stack", async () => {
  const { code, stdout, stderr } = await isobit(["trace", "own.onnx", "--json"], {
    cwd: folder,
    env: { ...NO_VULKAN, EDGE_PORT: "1" },
  });
  expect(stderr).toMatch(/^No isobit server at http:\/\/localhost:1; starting a temporary one/);
  expect(JSON.parse(stdout)).toMatchObject({ model: { id: "own" }, firstDrift: { name: "conv1" } });
  expect(code).toBe(1);
});

describe("what cannot be asked", () => {
  test.each([
    [["digits", "--image", "3", "--file", "x.png"], "Give --image or --file, not both."],
    [
      ["digits", "--image", "3", "--invert"],
      "--invert is for files with dark ink; the built-in 3 has light ink already.",
    ],
    [["digits", "--file", "package.json", "--invert"], "The file is not an image"],
    [["digits", "--file", "nowhere.png"], "nowhere.png is missing. Check the path"],
    [["models/digits.onnx"], "by default, not models/digits.onnx as it is now"],
    [["nope"], 'No model is called "nope". Served: digits-exact, digits.'],
    [["--image", "77"], 'No image is called "77". Built in: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.'],
    [["--reference", "CPU", "--backend", "CPU"], "BAD_INPUT"],
    [["--backend", "TPU"], "Known backends"],
  ])("%j ends with 64", async (args, sentence) => {
    const { code, stdout, stderr } = await trace(...args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });

  test("a missing model file ends with 64", async () => {
    const { code, stderr } = await isobit(["trace", join(folder, "nowhere.onnx")]);
    expect(stderr).toMatch(/nowhere\.onnx is missing/);
    expect(code).toBe(64);
  });

  test("an origin that is down ends with 2 and what to do", async () => {
    await stack.killOrigin();
    const { code, stderr } = await trace("digits").finally(() => stack.startOrigin());
    expect(stderr).toMatch(/ORIGIN_UNREACHABLE/);
    expect(code).toBe(2);
  });
});
