import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";

/* What `isobit exactify` says before it spends minutes: there is nothing to do, or it could not be kept. */

const MODELS = join(import.meta.dirname, "..", "..", "models");
const IMAGES = join(import.meta.dirname, "..", "..", "images");

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-exactify-"));
  await cp(join(MODELS, "digits-exact.onnx"), at("mine.onnx"));
  await cp(join(MODELS, "digits-exact.onnx.json"), at("mine.onnx.json"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a model that is exact already", () => {
  test.each([
    ["the id of a shipped one", () => "digits-exact"],
    ["a file with its sidecar", () => at("mine.onnx")],
  ])("is left alone: %s", async (_name, model) => {
    const { code, stdout } = await isobit(["exactify", model(), "--calibrate", IMAGES], { cwd: folder });
    expect(stdout).toContain("is already exact, and nothing was written.\nCertified for integers 0 to 255");
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual(["mine.onnx", "mine.onnx.json"]);
  });

  test("is reported in JSON", async () => {
    const { stdout } = await isobit(["exactify", "digits-exact", "--calibrate", IMAGES, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ written: null, alreadyExact: true, certification: { certified: true } });
  });
});

test("a shipped model is known by its id, with the manifest's preprocessing", async () => {
  const { code, stdout } = await isobit(["exactify", "digits", "--calibrate", IMAGES, "--json"], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({ model: "digits", written: "digits-exact.onnx" });
  expect(code).toBe(0);
  await rm(at("digits-exact.onnx"));
  await rm(at("digits-exact.onnx.json"));
});

test.each([
  ["a folder that is not there", "nowhere/exact.onnx", /nowhere\/exact\.onnx cannot be written \(ENOENT/],
  ["a folder itself", ".", /^\. cannot be written \(it is a folder/],
])("a result that could not be kept is refused before the images are read: %s", async (_name, out, sentence) => {
  const args = ["exactify", "digits", "--calibrate", "no-images-either", "-o", out];
  const { code, stderr } = await isobit(args, { cwd: folder });
  expect(stderr).toMatch(sentence);
  expect(code).toBe(64);
});

test("images that are not there are missed in plain words", async () => {
  const { code, stderr } = await isobit(["exactify", "digits", "--calibrate", "/nope"], { cwd: folder });
  expect(stderr).toMatch(/^\/nope does not exist\. Give a folder of PNG images/);
  expect(stderr).not.toContain("ENOENT");
  expect(code).toBe(64);
});
