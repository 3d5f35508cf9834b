import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { trace } from "#library/trace/trace.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";

const CPU_AND_WASM = { backends: ["CPU", "WASM"], reference: "CPU" } as const;

describe("compare as a function", () => {
  it("returns the report, reports progress, and prints nothing", async () => {
    const writing = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write"));
    const told: number[] = [];
    const { report, notes } = await compare("digits", {
      ...CPU_AND_WASM,
      images: ["3", "7"],
      onProgress: ({ done, total }) => told.push(done / total),
    });
    for (const spy of writing) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(report).toMatchObject({ kind: "compare", outcome: "DRIFT", total: 2, reference: "CPU" });
    expect(report.traces[0]?.firstDrift?.name).toBe("conv1");
    expect(told.at(-1)).toBe(1);
    expect(notes).toEqual(expect.any(Array));
  });

  it("holds differences to the tolerance that it is given", async () => {
    const { report } = await compare(["digits"], { ...CPU_AND_WASM, images: ["7"], tolerance: { ulp: 1e6 } });
    expect(report.outcome).toBe("WITHIN_TOLERANCE");
  });

  it("ends its runners when the caller aborts", async () => {
    const controller = new AbortController();
    const ended = compare("digits", {
      ...CPU_AND_WASM,
      random: 5000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(ended).rejects.toMatchObject({ name: "IsobitError", code: "ABORTED" });
    expect(descendantsOf(process.pid).filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it("starts nothing for a caller that has already aborted", async () => {
    await expect(compare("digits", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("models and inputs from memory", () => {
  it("give the same report as the files", async () => {
    const path = join(import.meta.dirname, "..", "..", "models", "digits.onnx");
    const options = { ...CPU_AND_WASM, preprocess: { scale: 1 / 255 } };
    const [byPath, byBytes] = await Promise.all([
      compare(path, { ...options, images: ["7"] }),
      compare(await readFile(path), { ...options, images: ["7"] }),
    ]);
    expect(byBytes.report.pairs).toEqual(byPath.report.pairs);
    expect(byBytes.report.models[0]).toMatchObject({ id: "model", sha256: byPath.report.models[0]?.sha256 });
  });

  it("cut a typed array into as many inputs as it holds, with the bits that the same tensor has", async () => {
    const data = Float32Array.from({ length: 2 * 784 }, (_, index) => (index % 255) / 255);
    const bare = await compare("digits", { ...CPU_AND_WASM, tensors: { input: data } });
    const shaped = await compare("digits", {
      ...CPU_AND_WASM,
      tensors: { input: { type: "float32", dims: [2, 1, 28, 28], data } },
    });
    expect(bare.report.total).toBe(2);
    expect(bare.report.rows.map((row) => row.outputs.map(({ tensors }) => tensors))).toEqual(
      shaped.report.rows.map((row) => row.outputs.map(({ tensors }) => tensors)),
    );
  });

  it.each([
    ["a name that the model lacks", { x: new Float32Array(784) }, "INCOMPLETE", 'no input "x"'],
    ["another length", { input: new Float32Array(785) }, "INCOMPLETE", "does not fit"],
    ["another type", { input: new Float64Array(784) }, "INCOMPLETE", "float64"],
    ["null", { input: null as never }, "BAD_INPUT", "is null"],
    ["dims of another size", { input: { type: "float32", dims: [2], data: new Float32Array(3) } }, "BAD_INPUT", "[2]"],
  ])("are refused for %s", async (_name, tensors, code, words) => {
    await expect(compare("digits", { ...CPU_AND_WASM, tensors })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe("trace as a function", () => {
  it("finds the first node that differs, and why", async () => {
    const { traces } = await trace("digits", { ...CPU_AND_WASM, images: ["7"] });
    expect(traces).toHaveLength(1);
    expect(traces[0]?.firstDrift).toMatchObject({ name: "conv1", cause: "FUSED_MULTIPLY_ADD" });
  });
});

describe("values that a caller without types may give are refused", () => {
  it.each([
    [{ backends: ["TPU"] }, 'backends: "TPU" is not one of WASM, CPU'],
    [{ levels: ["fast"] }, 'levels: "fast" is not one of disabled'],
    [{ batch: [1, 0] }, "batch: 0 is not a whole number from 1"],
    [{ threads: [1.5] }, "threads: 1.5 is not a whole number from 1"],
    [{ repeats: -1 }, "repeats: -1 is not"],
    [{ random: Number.NaN }, "random: NaN is not"],
    [{ limit: 0 }, "limit: 0 is not"],
    [{ seed: 2 ** 32 }, "seed: 4294967296 is not a whole number from 0"],
    [{ backends: "CPU" }, "backends: "],
    [{ backends: [] }, "backends: "],
    [{ batch: 2 }, "batch: "],
    [{ inputs: "a.npy" }, "inputs: "],
    [{ randm: 3 }, '"randm"'],
    [{ tolerance: { ulp: -1 } }, "tolerance.ulp is -1"],
    [{ tolerance: { abs: "1e-3" } }, "tolerance.abs is 1e-3"],
    [{ tolerance: { ulps: 4 } }, "tolerance.ulps is unknown"],
    [{ tolerance: 4 }, "The tolerance is 4"],
    [{ outputTolerances: { logits: { rel: Number.NaN } } }, "tolerance.rel is NaN"],
    [{ random: 2, range: [1, 0] }, "range: "],
    [{ random: 2, dims: { N: -3 } }, "dims.N: "],
    [{ trace: "sometimes" }, "trace: "],
    [{ preprocess: { mean: 0.5 } }, "preprocess.mean: "],
    [{ signal: {} }, "signal: it must be an AbortSignal"],
    [{ onProgress: 5 }, "onProgress: it must be a function"],
  ])("%j", async (options, words) => {
    const message: unknown = expect.stringContaining(words);
    await expect(compare("digits", options as object)).rejects.toMatchObject({ code: "BAD_OPTION", message });
  });
});

describe("what cannot be compared is refused with a code", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-library-"));
    await writeFile(join(folder, "text.onnx"), "not a model");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["no model", [], {}, "BAD_OPTION"],
    ["three models", ["digits", "digits", "digits"], {}, "BAD_OPTION"],
    ["a model that is neither text nor bytes", ["digits", 5], {}, "BAD_OPTION"],
    ["a file that is missing", ["/nope.onnx"], {}, "BAD_OPTION"],
    ["two kinds of inputs at once", ["digits"], { images: ["7"], random: 3 }, "BAD_OPTION"],
    ["inputs that are missing", ["digits"], { inputs: ["/nope.npy"] }, "BAD_OPTION"],
    [
      "a tolerance of an output that the model lacks",
      ["digits"],
      { outputTolerances: { x: { abs: 1 } } },
      "BAD_OPTION",
    ],
  ])("%s", async (_name, models, options, code) => {
    await expect(compare(models as string[], { ...CPU_AND_WASM, ...options })).rejects.toMatchObject({ code });
  });

  it("bytes that are not a model, without the path of a temporary file", async () => {
    await expect(compare(new Uint8Array(0), CPU_AND_WASM)).rejects.toMatchObject({
      code: "INCOMPLETE",
      message: expect.stringMatching(/^The model: The file is empty/),
    });
  });

  it("a file that is not a model", async () => {
    await expect(compare(join(folder, "text.onnx"), CPU_AND_WASM)).rejects.toMatchObject({ code: "INCOMPLETE" });
  });
});
