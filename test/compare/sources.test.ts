import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { parseCounts, parseLevels, parseOutputTolerance, parseTimes, sweepsOf } from "#cli/compare/options.ts";
import { planSources, runnerKey, sessionKey, type SourceRequest } from "#library/compare/sources.ts";
import { IsobitError } from "#core/errors.ts";

function plan(request: Partial<SourceRequest>) {
  const { sources, pairs, reference, notes } = planSources({
    backends: ["WASM", "CPU"],
    models: ["digits"],
    sweeps: { product: false },
    expected: false,
    ...request,
  });
  return {
    sources,
    names: sources.map(({ name }) => name),
    pairs: pairs.map(({ reference: left, other }) => `${left} : ${other}`),
    reference,
    notes,
  };
}

describe("what is compared with what", () => {
  it("compares every backend with CPU, otherwise with WASM, otherwise with the first", () => {
    expect(plan({ backends: ["WASM", "CPU", "WEBGPU"] })).toMatchObject({
      reference: "CPU",
      pairs: ["CPU : WASM", "CPU : WEBGPU"],
    });
    expect(plan({ backends: ["WEBGPU", "WASM"] }).pairs).toEqual(["WASM : WEBGPU"]);
    expect(plan({ backends: ["WEBGPU", "CUDA"] }).pairs).toEqual(["WEBGPU : CUDA"]);
    expect(plan({ backends: ["CPU"] }).pairs).toEqual([]);
  });

  it("varies each setting alone, against the same backend as it serves", () => {
    const swept = plan({
      backends: ["CPU"],
      sweeps: { levels: ["extended", "all"], threads: [1], batch: [1, 8], repeats: 2, sessions: 2, product: false },
    });
    expect(swept.names).toEqual(["CPU", "CPU level=all", "CPU threads=1", "CPU batch=8", "CPU session 2", "CPU run 2"]);
    expect(swept.pairs.every((pair) => pair.startsWith("CPU : CPU "))).toBe(true);
    expect(swept.pairs).toHaveLength(5);
  });

  it("compares each backend's variations with that backend", () => {
    const { pairs } = plan({ sweeps: { levels: ["all"], product: false } });
    expect(pairs.toSorted()).toEqual(["CPU : CPU level=all", "CPU : WASM", "WASM : WASM level=all"]);
  });

  it("compares versions of ONNX Runtime only within a backend, with the version that was named first", () => {
    const { names, pairs, sources } = plan({ sweeps: { versions: ["1.24.3", "1.30.0"], product: false } });
    expect(names).toEqual(["WASM ort=1.24.3", "WASM ort=1.30.0", "CPU ort=1.24.3", "CPU ort=1.30.0"]);
    expect(pairs).toEqual(["WASM ort=1.24.3 : WASM ort=1.30.0", "CPU ort=1.24.3 : CPU ort=1.30.0"]);
    expect(new Set(sources.map(runnerKey)).size).toBe(4);
  });

  it("varies the settings of each version against the first version", () => {
    const { pairs } = plan({ backends: ["CPU"], sweeps: { versions: ["1.1.0"], levels: ["all"], product: false } });
    expect(pairs).toEqual(["CPU ort=1.1.0 : CPU ort=1.1.0 level=all"]);
  });

  it("varies the memory of backends whose memory is the processor's", () => {
    const { names } = plan({ backends: ["CPU", "WEBGPU"], sweeps: { memory: true, product: false } });
    expect(names).toEqual(["CPU", "CPU no arena", "CPU no patterns", "CPU no arena, no patterns", "WEBGPU"]);
  });

  it("varies each setting alone and all together at each level for a probe, and compares no two backends", () => {
    const sweeps = { levels: ["all"], batch: [1, 8], repeats: 2, memory: true, product: false, stable: true } as const;
    expect(plan({ sweeps }).pairs.filter((pair) => pair.startsWith("CPU"))).toEqual(
      [
        "level=all",
        "no arena",
        "no patterns",
        "no arena, no patterns",
        "batch=8",
        "run 2",
        "no arena, no patterns batch=8 run 2",
        "level=all no arena, no patterns batch=8 run 2",
      ].map((setting) => `CPU : CPU ${setting}`),
    );
    expect(plan({ sweeps }).pairs).not.toContain("CPU : WASM");
  });

  it("varies everything together for a product", () => {
    const { names } = plan({ backends: ["CPU"], sweeps: { levels: ["all"], batch: [2], product: true } });
    expect(names).toEqual(["CPU", "CPU batch=2", "CPU level=all", "CPU level=all batch=2"]);
  });

  it("varies threads on CPU alone, and says so", () => {
    const { names, notes } = plan({ sweeps: { threads: [2], product: false } });
    expect(names).toEqual(["WASM", "CPU", "CPU threads=2"]);
    expect(notes.join()).toMatch(/Threads are varied on CPU alone.*WASM/);
  });

  it("pairs two models on each backend, and never across backends", () => {
    expect(plan({ models: ["a", "b"] })).toMatchObject({
      names: ["WASM a", "WASM b", "CPU a", "CPU b"],
      reference: "CPU a",
      pairs: ["WASM a : WASM b", "CPU a : CPU b"],
    });
  });

  it("compares what a data set expects with the reference", () => {
    expect(plan({ expected: true }).pairs).toEqual(["CPU : WASM", "CPU : expected"]);
    expect(plan({ expected: true, reference: "expected" }).pairs).toEqual(["expected : WASM", "expected : CPU"]);
  });

  it("takes any source as the reference, and refuses what is none", () => {
    const levels = { levels: ["all"], product: false } as const;
    expect(plan({ backends: ["CPU"], sweeps: levels, reference: "cpu LEVEL=all" }).pairs).toEqual([
      "CPU level=all : CPU",
    ]);
    expect(() => plan({ reference: "GPU" })).toThrow(IsobitError);
    expect(() => plan({ reference: "GPU" })).toThrow(/not one of the sources: WASM, CPU/);
  });

  it("shares a session between runs and batches, and between nothing else", () => {
    const { sources } = plan({
      backends: ["CPU"],
      sweeps: { levels: ["all"], threads: [2], batch: [8], repeats: 2, sessions: 2, product: false },
    });
    const keys = new Map(sources.map((source) => [source.name, sessionKey(source)]));
    expect(keys.get("CPU run 2")).toBe(keys.get("CPU"));
    expect(keys.get("CPU batch=8")).toBe(keys.get("CPU"));
    expect(new Set(keys.values()).size).toBe(4);
  });
});

describe("options", () => {
  it("fills in the lists that are not given", () => {
    const report = { out: "." };
    expect(sweepsOf({ ...report, levels: true, batch: true, repeats: true, sessions: true })).toEqual({
      levels: ["disabled", "basic", "extended", "all"],
      batch: [1, 2, 8],
      repeats: 3,
      sessions: 3,
    });
    expect(sweepsOf({ ...report, threads: true }).threads?.[0]).toBe(1);
    expect(sweepsOf(report)).toEqual({});
  });

  it("reads lists, and refuses anything else", () => {
    expect(parseLevels("all, Disabled", undefined)).toEqual(["all", "disabled"]);
    expect(parseCounts("1,2,8", undefined)).toEqual([1, 2, 8]);
    expect(parseTimes("5")).toBe(5);
    for (const bad of ["", "fast", "all,"]) expect(() => parseLevels(bad, undefined)).toThrow(InvalidArgumentError);
    for (const bad of ["", "0", "1.5", "1,,2", "-1", "99999"])
      expect(() => parseCounts(bad, undefined)).toThrow(InvalidArgumentError);
    for (const bad of ["1", "0", "x"]) expect(() => parseTimes(bad)).toThrow(InvalidArgumentError);
  });

  it("reads an output's own bounds, colons in its name included", () => {
    expect(parseOutputTolerance("logits:abs=1e-5,ulp=4")).toEqual({ logits: { abs: 1e-5, ulp: 4 } });
    expect(parseOutputTolerance("head/out:0:rel=0.1", { a: { abs: 1 } })).toEqual({
      a: { abs: 1 },
      "head/out:0": { rel: 0.1 },
    });
    for (const bad of [
      "logits",
      ":abs=1",
      "a:",
      "a:abs",
      "a:abs=x",
      "a:most=1",
      "a:abs=1=2",
      "a:ulp=1.5",
      "a:constructor=1",
    ])
      expect(() => parseOutputTolerance(bad), bad).toThrow(InvalidArgumentError);
  });
});
