import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { certifyGreyLevels } from "#core/certify/certify.ts";
import { exactify } from "#core/exactify/exactify.ts";
import { labelAgreement, scoreOf } from "#core/exactify/score.ts";
import { logitsOf, type Runnable } from "#core/exactify/session.ts";
import { readManifest, type ManifestEntry } from "#core/model/manifest.ts";
import { describeModel } from "#core/model/describe.ts";
import { readModel } from "#core/onnx/read.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { openNative, openWasm } from "#library/exactify/sessions.ts";
import { pixelsOf, readMnist, type LabelledImages } from "../../images/mnist.ts";
import { runOnCpu, LEVELS } from "../certify/runtimes/cpu.ts";
import { runOnWebgpu } from "../certify/runtimes/webgpu.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";

const MODELS = new URL("../../models/", import.meta.url);
const FEW = 1000;
const ON_WEBGPU = 50;
const SMALLEST_ACCURACY = 0.99;
const noWebgpu = webgpuMissing();

let entry: ManifestEntry;
let float: ManifestEntry;
let bytes: Uint8Array;
let test: LabelledImages;
let native: Float32Array;

const file = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(new URL(name, MODELS)));
const bits = (logits: Float32Array): Uint32Array => new Uint32Array(logits.slice().buffer);
const runnable = (): Runnable => ({
  bytes,
  input: { name: entry.input.name, shape: entry.input.shape.slice(1) },
  fixedBatch: null,
  output: entry.output.name,
});
const greyLevels = (count: number): Float32Array[] =>
  Array.from({ length: count }, (_, index) => Float32Array.from(pixelsOf(test, index)));

beforeAll(async () => {
  const models = readManifest(JSON.parse(await readFile(new URL("manifest.json", MODELS), "utf8")));
  entry = models.find(({ id }) => id === "digits-exact")!;
  float = models.find(({ id }) => id === "digits")!;
  bytes = await file(entry.file);
  test = await readMnist("test");
  native = await logitsOf(openNative, runnable(), greyLevels(test.count));
});

describe("digits-exact", () => {
  it("is the file that the manifest lists, takes grey levels as they are, and comes first", async () => {
    const models = readManifest(JSON.parse(await readFile(new URL("manifest.json", MODELS), "utf8")));
    expect(models[0]).toBe(models.find(({ id }) => id === "digits-exact"));
    expect(sha256Hex(bytes)).toBe(entry.sha256);
    expect(entry.preprocess).toEqual({ scale: 1, mean: [0], std: [1], invert: false });
  });

  it("is certified for every grey level, every algorithm and TF32", () => {
    const certification = certifyGreyLevels(readModel(bytes), entry.preprocess, entry.input.shape, {
      anyAlgorithm: true,
      tf32: true,
    });
    expect(certification).toMatchObject({
      certified: true,
      certificate: { inputDomain: "integers 0 to 255", anyAlgorithm: true, tf32Safe: true },
    });
  });

  it("labels at least 99 % of the 10,000 test images right, and nearly all as the float model does", async () => {
    expect(scoreOf(native, [...test.labels]).accuracy).toBeGreaterThanOrEqual(SMALLEST_ACCURACY);
    const { info, executed } = await describeModel({
      id: "digits",
      bytes: await file(float.file),
      preprocess: float.preprocess,
    });
    const scaled = greyLevels(FEW).map((image) => image.map((level) => level * float.preprocess.scale));
    const before = await logitsOf(
      openNative,
      {
        bytes: executed,
        input: { name: info.input.name, shape: info.input.shape.slice(1) },
        fixedBatch: null,
        output: info.output.name,
      },
      scaled,
    );
    expect(labelAgreement(before, native.slice(0, FEW * entry.labels.length), FEW)).toBeGreaterThan(0.995);
  });

  it("gives the same bits on WASM, and on CPU at every optimisation level", async () => {
    const images = greyLevels(FEW);
    const wanted = bits(native.subarray(0, FEW * entry.labels.length));
    expect(bits(await logitsOf(openWasm, runnable(), images))).toEqual(wanted);
    const feed = {
      name: entry.input.name,
      data: Float32Array.from(images.flatMap((image) => [...image])),
      dims: [FEW, ...entry.input.shape.slice(1)],
    };
    for (const level of LEVELS) {
      const outputs = await runOnCpu(bytes, [feed], level, 2);
      expect(bits(outputs.get(entry.output.name)!.data)).toEqual(wanted);
    }
  });

  it("gives the same bits on WEBGPU", skippedFor(noWebgpu), () => {
    const images = greyLevels(ON_WEBGPU);
    const data = Float32Array.from(images.flatMap((image) => [...image]));
    const [outputs] = runOnWebgpu([
      { bytes, feeds: [{ name: entry.input.name, data, dims: [ON_WEBGPU, ...entry.input.shape.slice(1)] }] },
    ]);
    if (outputs === undefined || outputs instanceof Error) throw outputs ?? new Error("WEBGPU gave no answer");
    expect(bits(outputs.get(entry.output.name)!.data)).toEqual(
      bits(native.subarray(0, ON_WEBGPU * entry.labels.length)),
    );
  });

  it("comes out of exactify again, byte for byte, from digits and MNIST's training images", async () => {
    const training = await readMnist("training");
    const calibration = Array.from({ length: training.count }, (_, index) => ({
      width: training.width,
      height: training.height,
      channels: 1 as const,
      values: pixelsOf(training, index),
    }));
    const { info, executed } = await describeModel({
      id: "digits",
      bytes: await file(float.file),
      preprocess: float.preprocess,
    });
    const { bytes: made } = await exactify({ info, executed, calibration, open: openNative });
    expect(sha256Hex(made)).toBe(entry.sha256);
  });
});
