import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseImages } from "#cli/arguments.ts";
import { isobit } from "../support/isobit.ts";

/* Ids and files of images, which are checked before a stack is started. */

const KNOWN = "Built in: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.";

test.each([
  ["7", ["7"]],
  ["3,7", ["3", "7"]],
  ["0-5", ["0", "1", "2", "3", "4", "5"]],
  ["0-2,7", ["0", "1", "2", "7"]],
  [" 8 - 9 , 1 ", ["8", "9", "1"]],
  ["4-4", ["4"]],
])("--images %j are %j", (text, ids) => {
  expect(parseImages(text)).toEqual(ids);
  expect(parseImages(text, ["9"])).toEqual(["9", ...ids]);
});

test.each([
  ["77", 'No image is called "77".'],
  ["0-10", 'No image is called "10".'],
  ["0-99999999999", 'No image is called "99999999999".'],
  ["nope", 'No image is called "nope".'],
  ["3,,7", 'No image is called "".'],
  ["-3", 'No image is called "-3".'],
  ["5-3", "The range 5-3 ends before it begins."],
])("--images %j is refused", (text, sentence) => {
  expect(() => parseImages(text)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  expect(() => parseImages(text)).toThrow(sentence);
});

describe("an unknown id ends every command at once with 64 and the valid ids", () => {
  test.each([
    ["parity", "--images", "3,77"],
    ["sweep", "--images", "77"],
    ["compare", "digits", "--images", "0-77"],
    ["predict", "3", "77"],
    ["predict", "3", "0-77"],
    ["trace", "--image", "77"],
  ])("isobit %s %s %s", async (...args) => {
    const { code, stdout, stderr } = await isobit(args);
    expect(stderr).toBe(`No image is called "77". ${KNOWN}\n`);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});

describe("a file that is not an image", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-images-"));
    await writeFile(join(folder, "text.png"), "not an image");
    await writeFile(join(folder, "net.onnx"), "not an image");
    const png = await readFile(join(import.meta.dirname, "..", "..", "images", "3.png"));
    await writeFile(join(folder, "cut.png"), png.subarray(0, png.length / 2));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    [["predict", "3", "nowhere.png"], "nowhere.png is missing."],
    [["predict", "3", "text.png"], "text.png: "],
    [["predict", "cut.png"], "cut.png: "],
    [["predict", "net.onnx"], "Give a model's file with --model."],
    [["trace", "--file", "text.png"], "text.png: "],
    [["trace", "--image", "0-1"], "A trace takes one image."],
  ])("isobit %j ends with 64 before a stack is started", async (args, sentence) => {
    const { code, stdout, stderr } = await isobit(args, { cwd: folder });
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  });
});
