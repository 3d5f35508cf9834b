import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { addExactify } from "#cli/exactify.ts";
import { exitCodeOfError } from "#cli/exit-codes.ts";
import { IsobitError } from "#core/errors.ts";
import { certifyGreyLevels } from "#core/certify/certify.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { Classifier, ints } from "./classifiers.ts";

const DIGITS = [..."0123456789"];
const IMAGES = fileURLToPath(new URL("../../images/", import.meta.url));
const FLOAT = fileURLToPath(new URL("../../models/digits.onnx", import.meta.url));

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-exactify-"));
  for (const digit of DIGITS) {
    await mkdir(at(`images/${digit}`), { recursive: true });
    await cp(join(IMAGES, `${digit}.png`), at(`images/${digit}/first.png`));
  }
  await mkdir(at("empty"));
  await writeFile(at("text.onnx"), "not a model");
  const sigmoid = new Classifier([1, 28, 28])
    .conv(1, 3, { strides: ints(2, 2) })
    .node("Sigmoid")
    .classes(13 * 13);
  await writeFile(at("sigmoid.onnx"), writeModel(sigmoid));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs one command line as the program does. */
async function isobit(...args: readonly string[]): Promise<{ exitCode: number; out: string; failure: string }> {
  let [exitCode, out, failure] = [-1, "", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const program = new Command("isobit").exitOverride();
  addExactify(program, (code) => (exitCode = code));
  try {
    await program.parseAsync(["exactify", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof IsobitError)) throw error;
    [exitCode, failure] = [exitCodeOfError(error), error.message];
  }
  return { exitCode, out, failure };
}

describe("isobit exactify", () => {
  it("writes a certified model next to its sidecar, from a folder of ten labelled images", async () => {
    const { exitCode, out } = await isobit(FLOAT, "--calibrate", at("images"), "-o", at("exact.onnx"));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/accuracy +100\.00 % +100\.00 %/);
    expect(out).toMatch(/Certified for integers 0 to 255/);
    const preprocess = JSON.parse(await readFile(at("exact.onnx.json"), "utf8"));
    expect(preprocess).toEqual({ scale: 1, mean: [0], std: [1], invert: false });
    const model = readModel(new Uint8Array(await readFile(at("exact.onnx"))));
    expect(certifyGreyLevels(model, preprocess, [-1, 1, 28, 28], { anyAlgorithm: true, tf32: true }).certified).toBe(
      true,
    );
  });

  it("reports as JSON", async () => {
    const { exitCode, out } = await isobit(FLOAT, "--calibrate", at("images"), "-o", at("json.onnx"), "--json");
    expect(exitCode).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      written: at("json.onnx"),
      certification: { certified: true, anyAlgorithm: true, tf32Safe: true },
      comparison: { images: 10, labelAgreement: 1, after: { score: { accuracy: 1 } }, differingBits: { after: 0 } },
    });
    expect(report.layers.map(({ name }: { name: string }) => name)).toEqual([
      "conv1",
      "conv2",
      "conv3",
      "dense1",
      "logits",
    ]);
  });

  it.each<[string, () => readonly string[], number, RegExp]>([
    ["no images", () => [FLOAT], 64, /Give --calibrate a folder of PNG images/],
    [
      "the model itself as the result",
      () => [FLOAT, "--calibrate", at("images"), "-o", FLOAT],
      64,
      /is the model itself/,
    ],
    ["a file that is not a model", () => [at("text.onnx"), "--calibrate", at("images")], 2, /text\.onnx: .*not ONNX/],
    ["a model that is not there", () => [at("none.onnx"), "--calibrate", at("images")], 64, /none\.onnx is missing/],
    ["an empty folder", () => [FLOAT, "--calibrate", at("empty")], 2, /holds no PNG files/],
    [
      "a folder that is not there",
      () => [FLOAT, "--calibrate", at("nowhere")],
      64,
      /nowhere does not exist\. Give a folder of PNG images/,
    ],
    [
      "an operator without an exact form",
      () => [at("sigmoid.onnx"), "--calibrate", at("images")],
      2,
      /^Sigmoid .*Relu or Clip/,
    ],
  ])("says what to do about %s", async (_, args, exitCode, sentence) => {
    const answer = await isobit(...args());
    expect(answer.failure).toMatch(sentence);
    expect(answer.exitCode).toBe(exitCode);
  });
});
