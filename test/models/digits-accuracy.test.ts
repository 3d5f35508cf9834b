import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { type LabelledImages, readMnist } from "../../images/mnist.ts";

const MODELS = new URL("../../models/", import.meta.url);
const BATCH = 100;
const MIN_CORRECT_OF_10000 = 9_920;

interface ManifestEntry {
  readonly id: string;
  readonly file: string;
  readonly sha256: string;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly preprocess: {
    readonly scale: number;
    readonly mean: number[];
    readonly std: number[];
    readonly invert: boolean;
  };
  readonly output: { readonly name: string };
  readonly labels: readonly string[];
  readonly opset: number;
}

let entry: ManifestEntry;
let file: Buffer;
let session: InferenceSession;

beforeAll(async () => {
  const manifest = JSON.parse(await readFile(new URL("manifest.json", MODELS), "utf8"));
  entry = manifest.models.find((model: ManifestEntry) => model.id === "digits");
  file = await readFile(new URL(entry.file, MODELS));
  session = await InferenceSession.create(file, { executionProviders: ["cpu"], graphOptimizationLevel: "extended" });
});

describe("digits", () => {
  it("is the file that the manifest lists, with its names, shape and labels", () => {
    expect(createHash("sha256").update(file).digest("hex")).toBe(entry.sha256);
    expect(session.inputNames).toEqual([entry.input.name]);
    expect(session.outputNames).toEqual([entry.output.name]);
    expect(session.inputMetadata[0]).toMatchObject({ type: "float32", shape: ["N", ...entry.input.shape.slice(1)] });
    expect(entry.input).toEqual({ name: "input", shape: [-1, 1, 28, 28] });
    expect(entry.preprocess).toEqual({ scale: 1 / 255, mean: [0], std: [1], invert: false });
    expect(entry.labels).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(entry.opset).toBeGreaterThanOrEqual(13);
  });

  it("gives logits, not probabilities", async () => {
    const logits = await logitsOf(new Uint8Array(784).fill(0), 1);
    const total = logits.reduce((sum, logit) => sum + logit, 0);
    expect(logits).toHaveLength(10);
    expect(logits.some((logit) => logit < 0) || Math.abs(total - 1) > 0.01).toBe(true);
  });

  it("labels at least 99.2 % of the 10,000 test images right", async () => {
    const set = await readMnist("test");
    expect(set.count).toBe(10_000);
    expect(await countCorrect(set)).toBeGreaterThanOrEqual(MIN_CORRECT_OF_10000);
  });
});

async function countCorrect(set: LabelledImages): Promise<number> {
  const size = set.width * set.height;
  let correct = 0;
  for (let start = 0; start < set.count; start += BATCH) {
    const logits = await logitsOf(set.pixels.subarray(start * size, (start + BATCH) * size), BATCH);
    for (let i = 0; i < BATCH; i++)
      if (indexOfLargest(logits.subarray(i * 10, (i + 1) * 10)) === set.labels[start + i]) correct++;
  }
  return correct;
}

async function logitsOf(pixels: Uint8Array, count: number): Promise<Float32Array> {
  const values = Float32Array.from(pixels, (grey) => grey * entry.preprocess.scale);
  const outputs = await session.run({ [entry.input.name]: new Tensor("float32", values, [count, 1, 28, 28]) });
  return outputs[entry.output.name]!.data as Float32Array;
}

function indexOfLargest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}
