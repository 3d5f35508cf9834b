import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preprocessText } from "#core/image/preprocess-text.ts";
import { writeModel } from "#core/onnx/write.ts";
import { compare } from "#library/compare/compare.ts";
import type { CompareOptions } from "#library/compare/options.ts";
import { servedPreprocessNote } from "#library/stack/preprocess-note.ts";
import { npyBytes } from "../support/npy.ts";
import { lenetLike } from "./graphs.ts";

/* How images are fed is said wherever the model does not state it itself. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-preprocess-"));
  await writeFile(at("bare.onnx"), writeModel(lenetLike()));
  await copyFile(at("bare.onnx"), at("stated.onnx"));
  await writeFile(at("stated.onnx.json"), JSON.stringify({ scale: 1 / 128, mean: [1], std: [2] }));
  await writeFile(at("x.npy"), npyBytes("<f4", [1, 1, 28, 28], new Float32Array(784)));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

const DEFAULT =
  "Preprocessing of bare: scale 1/255, mean 0, std 1, the default. Neither the file nor a sidecar states any.";

async function noted(model: string, options: CompareOptions): Promise<readonly string[]> {
  const { notes } = await compare(model, { backends: ["CPU"], ...options });
  return notes.filter((note) => note.startsWith("Preprocessing"));
}

describe("compare says how images are fed", () => {
  it("where nothing states it, and where a run sets it", async () => {
    expect(await noted(at("bare.onnx"), { images: ["7"] })).toEqual([DEFAULT]);
    expect(await noted(at("bare.onnx"), { random: 1, preprocess: { scale: 1 } })).toEqual([
      "Preprocessing of bare: scale 1, mean 0, std 1, set for this run. The default: scale 1/255, mean 0, std 1.",
    ]);
    expect(await noted(at("stated.onnx"), { images: ["7"], preprocess: { invert: true } })).toEqual([
      "Preprocessing of stated: scale 1/128, mean 1, std 2, inverted, set for this run. The model's own: scale 1/128, mean 1, std 2.",
    ]);
  });

  it("and not where the model states it, or tensors are fed", async () => {
    expect(await noted(at("stated.onnx"), { images: ["7"] })).toEqual([]);
    expect(await noted("digits", { images: ["7"] })).toEqual([]);
    expect(await noted(at("bare.onnx"), { inputs: [at("x.npy")] })).toEqual([]);
  });
});

it("a temporary stack is reported with the model that it serves", async () => {
  expect(await servedPreprocessNote({})).toBeNull();
  expect(await servedPreprocessNote({ MODEL: at("bare.onnx") })).toBe(DEFAULT);
  expect(await servedPreprocessNote({ MODEL: at("stated.onnx") })).toBeNull();
  expect(await servedPreprocessNote({ MODEL: at("stated.onnx"), MODEL_STD: "1" })).toBe(
    "Preprocessing of stated: scale 1/128, mean 1, std 1, set for this run. The model's own: scale 1/128, mean 1, std 2.",
  );
  expect(await servedPreprocessNote({ MODEL: "/nope.onnx" })).toBeNull();
});

it.each([
  [{ scale: 1 / 3, mean: [0.5, 0.5, 0.5], std: [1, 1, 1], invert: false }, "scale 1/3, mean 0.5, std 1"],
  [{ scale: 2, mean: [0, 0.25], std: [1, 2], invert: true }, "scale 2, mean 0, 0.25, std 1, 2, inverted"],
  [{ scale: -1 / 255, mean: [0], std: [1], invert: false }, "scale -1/255, mean 0, std 1"],
  [{ scale: 0.3, mean: [0], std: [1], invert: false }, "scale 0.3, mean 0, std 1"],
])("%j is written as %s", (preprocess, words) => {
  expect(preprocessText(preprocess)).toBe(words);
});
