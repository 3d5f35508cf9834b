import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readComparedModel } from "#library/compare/compared-model.ts";
import type { InputRow, InputSet, InputTarget } from "#library/inputs/input-set.ts";
import type { InputOptions } from "#library/inputs/input-options.ts";
import { openInputs } from "#library/inputs/open-inputs.ts";
import { IsobitError } from "#core/errors.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { TensorProto } from "#core/onnx/protobuf.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import { value } from "../onnx/build.ts";
import { npyBytes } from "../support/npy.ts";
import { doubling, manyTypes } from "./graphs.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-inputs-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const DIGITS = await targetOf("digits");

async function targetOf(name: string): Promise<InputTarget> {
  const { onnx, classifier } = await readComparedModel(name, { asIs: false, preprocess: {} });
  return { ...tensorTarget(onnx), classifier };
}

function tensorTarget({ graph }: OnnxModel): InputTarget {
  return { inputs: graph.inputs, outputs: graph.outputs, classifier: null };
}

async function rowsOf(options: InputOptions, target: InputTarget): Promise<{ set: InputSet; rows: InputRow[] }> {
  const set = await openInputs(options, target);
  try {
    const rows: InputRow[] = [];
    for await (const row of set) rows.push(row);
    expect(rows).toHaveLength(set.count);
    return { set, rows };
  } finally {
    await set.close();
  }
}

function feedsOf(row: InputRow | undefined): NamedTensors {
  if (row === undefined || row.feeds instanceof IsobitError) throw row?.feeds ?? new Error("there is no row");
  return row.feeds;
}

function refusalOf(row: InputRow | undefined): string {
  if (row?.feeds instanceof IsobitError) return row.feeds.message;
  throw new Error("the row was not refused");
}

function floatsOf(row: InputRow | undefined, name: string): number[] {
  return [...new Float32Array(feedsOf(row).get(name)!.bytes.slice().buffer)];
}

async function npy(name: string, descr: string, shape: readonly number[], data: ArrayBufferView): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, npyBytes(descr, shape, data));
  return path;
}

describe("without options", () => {
  it("takes the ten digits for a model of 28x28 images", async () => {
    const { rows } = await rowsOf({}, DIGITS);
    expect(rows.map(({ id }) => id)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(rows.map(({ expected }) => expected)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(feedsOf(rows[0]).get("input")).toMatchObject({ type: "float32", dims: [1, 1, 28, 28] });
  });

  it("makes up ten inputs for any other, dynamic dimensions being 1, and says so", async () => {
    const { set, rows } = await rowsOf({}, tensorTarget(manyTypes()));
    expect(set.count).toBe(10);
    expect(set.notes.join()).toMatch(/are 1: seq\. Set one with `dims` seq=/);
    expect(Object.fromEntries([...feedsOf(rows[0])].map(([name, { type, dims }]) => [name, [type, dims]]))).toEqual({
      ids: ["int64", [1, 1]],
      mask: ["bool", [1, 1]],
      half: ["float16", [1, 4]],
      scale: ["float64", []],
    });
  });
});

describe("random inputs", () => {
  it("are the same for the same seed, others for another, and no row depends on the others", async () => {
    const target = tensorTarget(manyTypes());
    const first = await rowsOf({ random: 3, seed: 7, dims: { seq: 4 } }, target);
    const again = await rowsOf({ random: 3, seed: 7, dims: { seq: 4 }, limit: 2 }, target);
    const other = await rowsOf({ random: 3, seed: 8, dims: { seq: 4 } }, target);
    expect(again.rows).toEqual(first.rows.slice(0, 2));
    expect(other.rows).not.toEqual(first.rows);
    expect(feedsOf(first.rows[0])).not.toEqual(feedsOf(first.rows[1]));
  });

  it.each([
    ["float32", 1, false],
    ["float64", 1, false],
    ["int64", 9, true],
    ["int8", 128, true],
    ["uint8", 255, true],
    ["bool", 1, true],
  ])("stay in %s's documented range", async (type, most, whole) => {
    const target = { inputs: [value("x", [2000], type)], outputs: [value("y", [])], classifier: null };
    const { rows } = await rowsOf({ random: 1 }, target);
    const { bytes } = feedsOf(rows[0]).get("x")!;
    const arrays = {
      float32: Float32Array,
      float64: Float64Array,
      int64: BigInt64Array,
      int8: Int8Array,
      uint8: Uint8Array,
      bool: Uint8Array,
    };
    const numbers = [...new arrays[type as keyof typeof arrays](bytes.slice().buffer)].map(Number);
    expect(numbers).toHaveLength(2000);
    expect(numbers.every((each) => (Math.abs(each) <= most && Number.isInteger(each) === whole) || each === 0)).toBe(
      true,
    );
    expect(new Set(numbers).size).toBeGreaterThan(1);
  });

  it("keep to a range that is asked for", async () => {
    const target = { inputs: [value("x", [500], "int64")], outputs: [value("y", [])], classifier: null };
    const { rows } = await rowsOf({ random: 1, range: [100, 102] }, target);
    const numbers = [...new BigInt64Array(feedsOf(rows[0]).get("x")!.bytes.slice().buffer)];
    expect([...new Set(numbers)].toSorted()).toEqual([100n, 101n, 102n]);
  });

  it("are grey levels for a classifier of images, and so inside its certificate's domain", async () => {
    const { rows } = await rowsOf({ random: 1 }, await targetOf("digits-exact"));
    const numbers = floatsOf(rows[0], "input");
    expect(numbers.every((each) => Number.isInteger(each) && each >= 0 && each <= 255)).toBe(true);
    expect(Math.max(...numbers)).toBeGreaterThan(200);
  });
});

describe("arrays", () => {
  const rows23 = Float32Array.of(1, 2, 3, 4, 5, 6);

  it("are cut along a dynamic first dimension, or fed whole", async () => {
    const path = await npy("rows.npy", "<f4", [2, 3], rows23);
    const cut = await rowsOf({ inputs: [path] }, tensorTarget(doubling()));
    expect(cut.rows.map(({ id }) => id)).toEqual(["rows.npy:0", "rows.npy:1"]);
    expect(cut.rows.map((row) => floatsOf(row, "x"))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const whole = await rowsOf({ inputs: [path], whole: true }, tensorTarget(doubling()));
    expect(whole.rows).toHaveLength(1);
    expect(feedsOf(whole.rows[0]).get("x")?.dims).toEqual([2, 3]);
  });

  it("fit a fixed batch, a missing one, and one dimension more", async () => {
    const fixed = { inputs: [value("x", [2, 3])], outputs: [value("y", [])], classifier: null };
    const four = await npy(
      "four.npy",
      "<f4",
      [4, 3],
      Float32Array.from({ length: 12 }, (_, index) => index),
    );
    expect((await rowsOf({ inputs: [four] }, fixed)).rows.map((row) => feedsOf(row).get("x")?.dims)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    const single = await npy("single.npy", "<f4", [3], Float32Array.of(1, 2, 3));
    expect(
      (await rowsOf({ inputs: [single] }, tensorTarget(doubling()))).rows.map((row) => feedsOf(row).get("x")?.dims),
    ).toEqual([[1, 3]]);
    const more = await npy("more.npy", "<f4", [2, 1, 3], rows23);
    expect((await rowsOf({ inputs: [more] }, tensorTarget(doubling()))).rows.map((row) => floatsOf(row, "x"))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it("are never converted", async () => {
    const path = await npy("doubles.npy", "<f8", [2, 3], Float64Array.from(rows23));
    await expect(openInputs({ inputs: [path] }, tensorTarget(doubling()))).rejects.toThrow(
      /is float64 \[2, 3\], but the model takes float32 \[N, 3\]\. isobit converts nothing; save it with \.astype\(float32\)/,
    );
  });

  it("come one for each input, by name, as many rows of each", async () => {
    const target = {
      inputs: [value("a", ["N", 3]), value("b", ["N"], "int64")],
      outputs: [value("y", [])],
      classifier: null,
    };
    const a = await npy("a.npy", "<f4", [2, 3], rows23);
    const b = await npy("b.npy", "<i8", [2], BigInt64Array.of(7n, 8n));
    const { rows } = await rowsOf({ inputs: [`b=${b}`, `a=${a}`] }, target);
    expect(rows.map((row) => floatsOf(row, "a"))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([...feedsOf(rows[1])].map(([name, { dims }]) => [name, dims])).toEqual([
      ["a", [1, 3]],
      ["b", [1]],
    ]);
    const three = await npy("three.npy", "<i8", [3], BigInt64Array.of(7n, 8n, 9n));
    await expect(openInputs({ inputs: [`b=${three}`, `a=${a}`] }, target)).rejects.toThrow(/2 of "a", 3 of "b"/);
    await expect(openInputs({ inputs: [`a=${a}`] }, target)).rejects.toThrow(/no array for the model's input "b"/);
    await expect(openInputs({ inputs: [`c=${a}`] }, target)).rejects.toThrow(/no input "c"\. Its inputs are "a", "b"/);
  });

  it("do not fit another shape", async () => {
    const path = await npy("wide.npy", "<f4", [2, 4], new Float32Array(8));
    await expect(openInputs({ inputs: [path] }, tensorTarget(doubling()))).rejects.toThrow(
      /\[2, 4\], which does not fit/,
    );
  });
});

describe("ONNX's own test data", () => {
  async function dataSet(name: string, tensors: Readonly<Record<string, object>>): Promise<string> {
    await mkdir(join(folder, name), { recursive: true });
    for (const [file, message] of Object.entries(tensors))
      await writeFile(join(folder, name, `${file}.pb`), TensorProto.encode(message).finish());
    return join(folder, name);
  }
  const raw = (name: string, dataType: number, dims: number[], data: ArrayBufferView) => ({
    name,
    dataType,
    dims,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });

  it("reads inputs by name or place, and what is expected", async () => {
    const target = {
      inputs: [value("a", ["N"]), value("b", ["N"], "int32")],
      outputs: [value("y", [])],
      classifier: null,
    };
    const path = await dataSet("sets/test_data_set_0", {
      input_0: { name: "b", dataType: 6, dims: [2], int32Data: [-1, 2] },
      input_1: raw("a", 1, [2], Float32Array.of(0.5, Number.NaN)),
      output_0: raw("", 1, [2], Float32Array.of(1, 2)),
    });
    const { set, rows } = await rowsOf({ inputs: [path] }, target);
    expect(set.hasExpectedOutputs).toBe(true);
    expect(floatsOf(rows[0], "a")).toEqual([0.5, Number.NaN]);
    expect([...new Int32Array(feedsOf(rows[0]).get("b")!.bytes.slice().buffer)]).toEqual([-1, 2]);
    expect([...rows[0]!.expectedOutputs!.keys()]).toEqual(["y"]);
  });

  it("reads every set of a folder, in the order of their numbers", async () => {
    for (const number of [10, 2, 1])
      await dataSet(`many/test_data_set_${number}`, { input_0: raw("x", 1, [1, 3], Float32Array.of(number, 0, 0)) });
    const { set, rows } = await rowsOf({ inputs: [join(folder, "many")] }, tensorTarget(doubling()));
    expect(rows.map(({ id }) => id)).toEqual(["test_data_set_1", "test_data_set_2", "test_data_set_10"]);
    expect(rows.map((row) => floatsOf(row, "x")[0])).toEqual([1, 2, 10]);
    expect(set.hasExpectedOutputs).toBe(false);
  });

  it("reads a set of outputs alone for a model without inputs, and says which input another model lacks", async () => {
    const path = await dataSet("constant/test_data_set_0", { output_0: raw("", 1, [2], Float32Array.of(1, 2)) });
    for (const given of [path, join(folder, "constant")]) {
      const { set, rows } = await rowsOf(
        { inputs: [given] },
        { inputs: [], outputs: [value("y", [2])], classifier: null },
      );
      expect(set).toMatchObject({ count: 1, hasExpectedOutputs: true });
      expect([feedsOf(rows[0]).size, ...rows[0]!.expectedOutputs!.keys()]).toEqual([0, "y"]);
    }
    const { rows } = await rowsOf({ inputs: [path] }, tensorTarget(doubling()));
    expect(refusalOf(rows[0])).toMatch(/test_data_set_0 has no tensor for the model's input "x"/);
  });

  it("keeps a set that cannot be read in its place, with the reason", async () => {
    const damaged = await dataSet("damaged/test_data_set_0", { input_0: raw("x", 1, [1, 3], new Float32Array(2)) });
    const { rows } = await rowsOf({ inputs: [damaged] }, tensorTarget(doubling()));
    expect(refusalOf(rows[0])).toMatch(/input_0\.pb is not a tensor that can be fed/);
    const strings = await dataSet("strings/test_data_set_0", {
      input_0: { dataType: 8, dims: [1], stringData: [new Uint8Array([65])] },
    });
    const ofStrings = await rowsOf({ inputs: [strings] }, tensorTarget(doubling()));
    expect(refusalOf(ofStrings.rows[0])).toMatch(/type string/);
  });
});

describe("images", () => {
  it("reads PNG and what only sharp reads, labelled by their folders, each with the others' failures kept apart", async () => {
    const png = new Uint8Array(await readFile("images/7.png"));
    await mkdir(join(folder, "images", "7"), { recursive: true });
    await mkdir(join(folder, "images", "none"), { recursive: true });
    await writeFile(join(folder, "images", "7", "a.png"), png);
    await writeFile(join(folder, "images", "7", "b.webp"), await sharp(png).webp({ lossless: true }).toBuffer());
    await writeFile(join(folder, "images", "none", "c.png"), png.subarray(0, 60));
    const { rows } = await rowsOf({ inputs: [join(folder, "images")] }, DIGITS);
    expect(rows.map(({ id, expected }) => [id, expected])).toEqual([
      ["7/a.png", 7],
      ["7/b.webp", 7],
      ["none/c.png", null],
    ]);
    expect(feedsOf(rows[1])).toEqual(feedsOf(rows[0]));
    expect(rows[2]?.feeds).toBeInstanceOf(IsobitError);
  });

  it("reads the built-in digits from an IDX file as from their PNG files", async () => {
    const { rows: pngs } = await rowsOf({ images: ["3", "7"] }, DIGITS);
    const levels = await Promise.all(
      ["3", "7"].map(async (id) => await sharp(`images/${id}.png`).toColourspace("b-w").raw().toBuffer()),
    );
    const head = (rank: number, ...dims: number[]): number[] => [
      0,
      0,
      8,
      rank,
      ...dims.flatMap((dim) => [0, 0, dim >> 8, dim & 255]),
    ];
    await writeFile(
      join(folder, "few-images-idx3-ubyte"),
      new Uint8Array([...head(3, 2, 28, 28), ...levels.flatMap((each) => [...each])]),
    );
    await writeFile(join(folder, "few-labels-idx1-ubyte"), new Uint8Array([...head(1, 2), 3, 7]));
    const { rows } = await rowsOf({ inputs: [join(folder, "few-images-idx3-ubyte")] }, DIGITS);
    expect(rows.map(({ expected }) => expected)).toEqual([3, 7]);
    expect(rows.map(feedsOf)).toEqual(pngs.map(feedsOf));
  });

  it("are refused for a model that takes none", async () => {
    for (const options of [{ images: ["7"] }, { inputs: ["images/7.png"] }, { inputs: ["images"] }])
      await expect(openInputs(options, tensorTarget(doubling()))).rejects.toThrow(/the model is not fed images/);
  });
});

describe("what cannot be read", () => {
  it.each([
    [{ images: ["7"], random: 3 }, /images and random are different inputs/],
    [{ images: ["eleven"] }, /No image is called "eleven"/],
    [{ inputs: ["/no/such/file.npy"] }, /\/no\/such\/file\.npy is missing/],
    [{ inputs: ["package.json"] }, /package\.json is not a kind of input/],
    [{ inputs: ["a.npy", "b.npy"] }, /Give one path as inputs, or one/],
    [{ dims: { seq: 3 } }, /No input has a dynamic dimension "seq"/],
  ] as const)("is said: %j", async (options, sentence) => {
    await expect(openInputs(options as InputOptions, DIGITS)).rejects.toThrow(sentence);
  });
});
