import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compare } from "#library/compare/compare.ts";
import { trace } from "#library/trace/trace.ts";

const CPU_AND_WASM = { backends: ["CPU", "WASM"], reference: "CPU" } as const;

describe("compare as a function", () => {
  it("gives the report, tells how far it is, and writes nothing to the terminal", async () => {
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

  it("ends its runners where the caller says so", async () => {
    const controller = new AbortController();
    const ended = compare("digits", {
      ...CPU_AND_WASM,
      random: 5000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(ended).rejects.toMatchObject({ name: "IsobitError", code: "ABORTED" });
  });

  it("starts nothing for a caller that has given up already", async () => {
    await expect(compare("digits", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("trace as a function", () => {
  it("finds the first node that differs, and why", async () => {
    const { traces } = await trace("digits", { ...CPU_AND_WASM, images: ["7"] });
    expect(traces).toHaveLength(1);
    expect(traces[0]?.firstDrift).toMatchObject({ name: "conv1", cause: "FUSED_MULTIPLY_ADD" });
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
    ["a file that is missing", ["/nope.onnx"], {}, "INCOMPLETE"],
    ["two kinds of inputs at once", ["digits"], { images: ["7"], random: 3 }, "BAD_OPTION"],
    ["inputs that are missing", ["digits"], { inputs: ["/nope.npy"] }, "INCOMPLETE"],
    [
      "a tolerance of an output that the model lacks",
      ["digits"],
      { outputTolerances: { x: { abs: 1 } } },
      "BAD_OPTION",
    ],
  ])("%s", async (_name, models, options, code) => {
    await expect(compare(models, { ...CPU_AND_WASM, ...options })).rejects.toMatchObject({ code });
  });

  it("a file that is not a model", async () => {
    await expect(compare(join(folder, "text.onnx"), CPU_AND_WASM)).rejects.toMatchObject({ code: "INCOMPLETE" });
  });
});
