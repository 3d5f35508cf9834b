import { describe, expect, it } from "vitest";
import { notAllowedOnCpu, placementOf, placementText, type PlacedKernel } from "#core/backends/placement.ts";
import { indexNodes } from "#core/onnx/index-values.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { prepareForPlacement } from "#core/onnx/prepare-placement.ts";
import { writeModel } from "#core/onnx/write.ts";
import { renderReport } from "#cli/report/text/render.ts";
import { compare } from "#library/compare/compare.ts";
import type { CompareOptions } from "#library/compare/options.ts";
import { floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";

/** Flattens what pooling leaves, by arithmetic on the input's shape, as exporters write it. */
function shapeArithmetic(): OnnxModel {
  return model({
    inputs: [value("x", ["N", 3, "H", "W"])],
    outputs: [value("y", ["N", 4])],
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "zero"], ["n"]),
      node("Cast", ["n"], ["narrow"], { to: int(6) }),
      node("Cast", ["narrow"], ["wide"], { to: int(7) }),
      node("Concat", ["wide", "rest"], ["flat"], { axis: int(0) }),
      node("GlobalAveragePool", ["x"], ["pooled"]),
      node("Reshape", ["pooled", "flat"], ["rows"]),
      node("MatMul", ["rows", "w"], ["y"]),
    ],
    weights: [int64s("zero", [0]), int64s("rest", [-1]), floats("w", [3, 4], uneven)],
  });
}

/** A remainder that WEBGPU of ONNX Runtime 1.30 has no kernel for, between two that it has. */
function withoutKernel(): OnnxModel {
  return model({
    inputs: [value("x", [2, 8])],
    outputs: [value("y", [2, 8])],
    nodes: [
      node("Sigmoid", ["x"], ["s"]),
      node("Mod", ["s", "w"], ["m"], { fmod: int(1) }),
      node("Sigmoid", ["m"], ["y"]),
    ],
    weights: [floats("w", [8], () => 0.25)],
  });
}

function opsOf(graph: OnnxModel): readonly string[] {
  return [...indexNodes(graph.graph)].map(({ op, outputs }) => `${op} ${outputs[0]}`).toSorted();
}

describe("what only computes shapes and indices", () => {
  it("is the arithmetic on shapes", () => {
    expect(opsOf(shapeArithmetic())).toEqual(["Cast narrow", "Cast wide", "Concat flat", "Gather n", "Shape shape"]);
  });

  it("is the arithmetic on indices, up to where numbers become indices", () => {
    const embedding = model({
      inputs: [value("ids", ["N"], "int32"), value("x", ["N"])],
      outputs: [value("y", ["N", 4]), value("z", ["M", 4])],
      nodes: [
        node("Cast", ["ids"], ["wide"], { to: int(7) }),
        node("Add", ["wide", "one"], ["shifted"]),
        node("Gather", ["table", "shifted"], ["y"]),
        node("Relu", ["x"], ["positive"]),
        node("NonZero", ["positive"], ["where"]),
        node("Squeeze", ["where", "zero"], ["places"]),
        node("Gather", ["table", "places"], ["z"]),
      ],
      weights: [int64s("one", [1]), int64s("zero", [0]), floats("table", [10, 4], uneven)],
    });
    expect(opsOf(embedding)).toEqual(["Add shifted", "Cast wide", "NonZero where", "Squeeze places"]);
  });

  it("is nothing that is an output, or that is also read as a number", () => {
    const both = model({
      inputs: [value("ids", ["N"], "int64")],
      outputs: [value("y", ["N", 4]), value("twice", ["N"], "int64")],
      nodes: [
        node("Add", ["ids", "one"], ["shifted"]),
        node("Gather", ["table", "shifted"], ["y"]),
        node("Mul", ["shifted", "one"], ["twice"]),
      ],
      weights: [int64s("one", [1]), floats("table", [10, 4], uneven)],
    });
    expect(opsOf(both)).toEqual([]);
  });
});

describe("a placement", () => {
  const kernel = (name: string, op: string, on: "CPU" | "WebGpu"): PlacedKernel => ({
    name,
    op,
    provider: `${on}ExecutionProvider`,
  });
  const { graph } = prepareForPlacement(shapeArithmetic(), null);
  const names = graph.nodes.map(({ name }) => name);

  it("counts each node once, and copies between devices never", () => {
    const placement = placementOf([
      kernel("a", "Cast", "CPU"),
      kernel("a", "Cast", "CPU"),
      kernel("b", "Cast", "CPU"),
      kernel("c", "Conv", "WebGpu"),
      kernel("copy", "MemcpyToHost", "CPU"),
    ]);
    expect(placementText(placement)).toBe("1 of 3 nodes; on the CPU: Cast (2)");
    expect(placementText(placementOf([kernel("c", "Conv", "WebGpu")]))).toBe("1 of 1 nodes");
  });

  it("allows shapes, and by their operator others; not what optimisation made", () => {
    expect(new Set(names).size).toBe(names.length);
    const placement = placementOf([
      kernel(names[2]!, "Cast", "CPU"),
      kernel(`${names[1]!}_token_7`, "Gather", "CPU"),
      kernel(names[7]!, "MatMul", "CPU"),
      kernel("fused", "FusedMatMul", "CPU"),
    ]);
    const refused = (allowed: Parameters<typeof notAllowedOnCpu>[2]) =>
      notAllowedOnCpu(graph, placement, allowed).map(({ op }) => op);
    expect(refused([])).toEqual(["MatMul", "FusedMatMul"]);
    expect(refused(["MatMul"])).toEqual(["FusedMatMul"]);
    expect(refused("all")).toEqual([]);
  });
});

describe("WEBGPU", skippedFor(webgpuMissing()), () => {
  const run = (of: OnnxModel, options: CompareOptions = {}) =>
    compare(writeModel(of), { backends: ["CPU", "WEBGPU"], trace: "none", ...options });
  const x = { type: "float32", dims: [2, 3, 5, 4], data: Float32Array.from({ length: 120 }, (_, at) => Math.sin(at)) };

  it("runs a model whose shapes are computed on the CPU, with its dimensions fixed", async () => {
    const { report } = await run(shapeArithmetic(), { tensors: { x } });
    const webgpu = report.environment.find(({ source }) => source === "WEBGPU");
    expect(webgpu).toMatchObject({ available: true, placement: { onCpu: [] } });
    expect(report.pairs).toMatchObject([{ other: "WEBGPU", compared: 2 }]);
    expect(renderReport(report)).toMatch(/^WEBGPU: (\d) of \1 nodes\.$/m);
  });

  it("leaves shapes to the CPU where inputs have different shapes, and says so", async () => {
    const { report } = await run(shapeArithmetic(), { tensors: { x }, batch: [1, 2] });
    const { placement } = report.environment.find(({ source }) => source === "WEBGPU")!;
    expect(placement?.onCpu.map(({ op }) => op)).toContain("Gather");
    expect(placement?.onCpu.every(({ op }) => ["Gather", "Cast", "Concat", "Shape"].includes(op))).toBe(true);
  });

  it("is skipped by default where nodes that compute have no kernel, naming them and the remedy", async () => {
    const { report } = await compare(writeModel(withoutKernel()), { random: 1 });
    const webgpu = report.environment.find(({ source }) => source === "WEBGPU");
    expect(webgpu?.reason).toMatch(
      /^WEBGPU would leave 1 of 3 nodes to the CPU .*: Mod \(Mod_m\); `allowCpu` Mod allows that\.$/,
    );
    expect(renderReport(report)).toMatch(/^WEBGPU skipped: .*--allow-cpu Mod allows that/m);
    expect(report.pairs.map(({ other }) => other)).toEqual(["WASM"]);
    expect(report.outcome).not.toBe("INCOMPLETE");
  });

  it("makes the comparison incomplete where it was asked for by name", async () => {
    const { report } = await run(withoutKernel(), { random: 1 });
    expect(report.outcome).toBe("INCOMPLETE");
  });

  it("runs what it may leave to the CPU, shows it, and never judges it as its own", async () => {
    const { report } = await run(withoutKernel(), { random: 1, allowCpu: "all", trace: "all" });
    const { placement } = report.environment.find(({ source }) => source === "WEBGPU")!;
    expect(placement?.onCpu).toContainEqual({ name: "Mod_m", op: "Mod" });
    expect(report.pairs).toMatchObject([{ compared: 1 }]);
    const { nodes } = report.traces[0]!;
    const mod = nodes.find(({ op }) => op === "Mod")!;
    expect(mod.differingElements).toBeGreaterThan(0);
    expect(mod.note).toContain("WEBGPU leaves this node to the CPU.");
    expect(mod.cause).toBe("INHERITED");
  });
});
