import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { readParagonJson } from "../../models/paragon-json.ts";

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-paragon-"));
  path = join(folder, "model.json");
});
afterAll(() => rm(folder, { recursive: true }));

const neuron = (inputs: unknown, a: unknown = "relu", b: unknown = 0) => ({ b, a, in: inputs });
const small = (n: unknown, more: Record<string, unknown> = {}, type: unknown = "float32") => ({
  type,
  layers: [
    { w: 2, h: 1, n: [] },
    { w: 1, h: 1, n, ...more },
  ],
});
const GOOD = small([[neuron([{ layer: 0, x: 1, y: 0, w: 0.5 }])]]);

async function reading(text: string): Promise<unknown> {
  await writeFile(path, text);
  return await readParagonJson(path);
}

describe("anything else is refused by its place", () => {
  test("a good one is read", async () => {
    await expect(reading(JSON.stringify(GOOD))).resolves.toMatchObject({ layers: [{ width: 2 }, { width: 1 }] });
  });

  test.each([
    ["another type", small([[neuron([])]], {}, "int8"), /type is "int8"; isobit takes float32 only/],
    ["no type", { layers: GOOD.layers }, /no "type"/],
    ["no layers", { type: "float32" }, /fewer than two layers/],
    ["a replay layer", small([[neuron([])]], { re_enabled: true }), /layers\[1\] is a replay layer/],
    ["a replay layer by its count", small([[neuron([])]], { re_max: 3 }), /layers\[1\] is a replay layer/],
    ["a missing neuron", small([[]]), /layers\[1\]\.n\[0\]\[0\] is missing/],
    ["more neurons than the size says", small([[neuron([]), neuron([])]]), /has more neurons than its 1 x 1/],
    ["a width of 0", small([[neuron([])]], { w: 0 }), /layers\[1\]\.w is 0/],
    ["a source outside", small([[neuron([{ layer: 0, x: 2, y: 0, w: 1 }])]]), /in\[0\] points at \(2, 0\) of layer 0/],
    ["a source in the same layer", small([[neuron([{ layer: 1, x: 0, y: 0, w: 1 }])]]), /feedback/],
    ["a weight that is not a number", small([[neuron([{ layer: 0, x: 0, y: 0, w: "1" }])]]), /in\[0\]\.w is "1"/],
    ["a weight beyond float32", small([[neuron([{ layer: 0, x: 0, y: 0, w: 1e39 }])]]), /in\[0\]\.w is 1e\+39/],
    ["a bias beyond float32", small([[neuron([], "relu", -1e39)]]), /n\[0\]\[0\]\.b is -1e\+39/],
    ["a source without a place", small([[neuron([{ w: 1 }])]]), /needs "layer", "x" and "y"/],
    ["an activation that is not a name", small([[neuron([], 3)]]), /\.a is 3/],
    ["a neuron that is none", small([[7]]), /layers\[1\]\.n\[0\]\[0\] is 7, not a neuron/],
  ])("%s", async (_what, json, sentence) => {
    await expect(reading(JSON.stringify(json))).rejects.toThrow(sentence);
    await expect(reading(JSON.stringify(json))).rejects.toThrow(ModelRejected);
  });

  test("a file that is cut short, not JSON, missing or a folder", async () => {
    const text = JSON.stringify(GOOD);
    await expect(reading(text.slice(0, -1))).rejects.toThrow(/cut short/);
    await expect(reading("<html>")).rejects.toThrow(/cannot be read as JSON/);
    await expect(reading("")).rejects.toThrow(/cut short/);
    await expect(readParagonJson(join(folder, "none.json"))).rejects.toThrow(/It is missing/);
    await expect(readParagonJson(folder)).rejects.toThrow(/folder/);
  });

  test("any damage gives a network or a refusal, nothing else", async () => {
    const text = JSON.stringify(GOOD);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(4), fc.string({ maxLength: 4 }), async (at, remove, insert) => {
        try {
          await reading(text.slice(0, at) + insert + text.slice(at + remove));
        } catch (error) {
          expect(error).toBeInstanceOf(ModelRejected);
        }
      }),
      { numRuns: 300 },
    );
  });
});
