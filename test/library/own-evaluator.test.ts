import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Evaluator, explainNode, IsobitError, nextUp, trace } from "#core/index.ts";
import { decodePng } from "#core/image/png/png.ts";
import { writeModel } from "#core/onnx/write.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { tensorValue } from "#core/tensors/tensor-value.ts";
import { trace as traceSubjects } from "#core/trace/trace.ts";
import { floatWeight, modelOf, noise } from "../trace/graphs.ts";
import { sameModel } from "../trace/sources.ts";
import { CPU, faulty, runOnCpu, WASM } from "./own-runtimes.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DIGITS = new Uint8Array(await readFile(join(ROOT, "models", "digits.onnx")));

/** x -> linear -> scaled -> y: two matrix products. */
const CHAIN = writeModel(
  modelOf({
    inputs: { x: ["float32", [1, 64]] },
    weights: [floatWeight("w", [64, 32], noise(2048)), floatWeight("v", [32, 8], noise(256, 2))],
    nodes: [
      { name: "linear", op: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { name: "scaled", op: "MatMul", inputs: ["h", "v"], outputs: ["y"] },
    ],
    outputs: ["y"],
  }),
);
const X = { type: "float32", dims: [1, 64], data: Float32Array.from(noise(64, 3)) } as const;

/** Grey levels over 255, as the shipped model is fed. */
async function seven(): Promise<Float32Array> {
  const { rgba } = decodePng(new Uint8Array(await readFile(join(ROOT, "images", "7.png"))));
  return Float32Array.from({ length: 784 }, (_, pixel) => rgba[4 * pixel]! / 255);
}

describe("trace on the caller's own evaluators", () => {
  it("finds what isobit's own sources find", async () => {
    const x = { type: "float32", dims: [1, 1, 28, 28], data: await seven() };
    const found = await trace(
      { model: DIGITS, evaluator: CPU },
      { model: DIGITS.slice(), evaluator: WASM },
      { feeds: { [inputName]: x } },
    );
    const { cpu, wasm } = sameModel(DIGITS);
    const own = await traceSubjects(cpu, wasm, new Map([[inputName, tensorValue("float32", x.dims, bytesOf(x.data))]]));
    expect(found.firstDrift).toMatchObject({ name: "conv1", originatesHere: true });
    expect(found.nodes).toEqual(own.nodes);
    expect(found).toMatchObject({ outcome: "DRIFT", reference: "CPU", other: "WASM", weightsDiffer: [] });
  });

  it("names the node that a runtime computes wrongly", async () => {
    const npu = faulty("NPU", "h", (element) => element * 1.01);
    const result = await trace({ model: CHAIN, evaluator: CPU }, { model: CHAIN, evaluator: npu }, { feeds: { x: X } });
    expect(result).toMatchObject({
      outcome: "WRONG_RESULT",
      firstDrift: { name: "linear", cause: "WRONG_RESULT", explanation: { computedOn: { other: { source: "NPU" } } } },
    });
    const { computedOn } = result.firstDrift!.explanation!;
    expect(computedOn.other).toEqual({ source: "NPU", backend: null, optimizationLevel: "unknown" });
  });

  it("continues if a runtime runs the whole model but not a node alone, and adds a note", async () => {
    const { run } = faulty("NPU", "y", (element) => element * 1.01);
    const picky: Evaluator = {
      name: "NPU",
      async run(model, feeds) {
        if (!("x" in feeds)) throw new Error("only graphs of two nodes are compiled");
        return await run(model, feeds);
      },
    };
    const result = await trace(
      { model: CHAIN, evaluator: CPU },
      { model: CHAIN, evaluator: picky },
      { feeds: { x: X } },
    );
    expect(result.firstDrift).toMatchObject({
      name: "scaled",
      bornElements: null,
      note: "Running it alone failed: NPU failed: only graphs of two nodes are compiled",
    });
  });

  it("takes outputs without a promise, and values that are not tensors of numbers", async () => {
    const constant: Evaluator = {
      name: "constant",
      run: () => ({
        y: { type: "float32", dims: [1, 8], data: new Float32Array(8) },
        h: { type: "string", dims: [1], data: ["a"] },
      }),
    };
    const sides = { model: CHAIN, evaluator: constant };
    const result = await trace(sides, sides, { feeds: { x: X } });
    expect(result).toMatchObject({ outcome: "IDENTICAL", firstDrift: null });
    expect(result.nodes[0]?.note).toContain("constant does not return it as a tensor");
  });

  const failure = (evaluator: Evaluator, feeds: object, model = CHAIN): Promise<unknown> =>
    trace({ model, evaluator: CPU }, { model, evaluator }, { feeds: feeds as { x: typeof X } }).catch(
      (error: unknown) => error,
    );

  it.each<[string, () => Promise<unknown>, string, string]>([
    ["a whole model that does not run", () => failure(broken, { x: X }), "BACKEND_FAILED", "NPU failed: out of memory"],
    [
      "contradicting outputs",
      () => failure(contradicting, { x: X }),
      "BACKEND_FAILED",
      "NPU returned an output that cannot",
    ],
    [
      "an output in the array of another type, though its bytes are as many",
      () => failure(mistyped, { x: X }),
      "BACKEND_FAILED",
      "its data is not an array of float32",
    ],
    ["a missing feed", () => failure(CPU, {}), "BAD_INPUT", 'No value was given for the model\'s input "x"'],
    ["a feed that is not a tensor", () => failure(CPU, { x: [1] }), "BAD_INPUT", 'The tensor "x"'],
    ["bytes that are not a model", () => failure(CPU, { x: X }, Uint8Array.of(1, 2)), "INCOMPLETE", "not ONNX"],
  ])("rejects %s", async (_what, call, code, message) => {
    const error = await call();
    expect(error).toBeInstanceOf(IsobitError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("ends at the caller's signal", async () => {
    const stop = new AbortController();
    const runs: string[] = [];
    const counted: Evaluator = {
      ...CPU,
      run(model, feeds) {
        runs.push("run");
        stop.abort();
        return runOnCpu(model, feeds);
      },
    };
    const sides = { model: CHAIN, evaluator: counted };
    await expect(trace(sides, sides, { feeds: { x: X }, signal: stop.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    // One of each side at most was under way.
    expect(runs.length).toBeLessThanOrEqual(2);
  });

  it("ends at once where an evaluator never answers", async () => {
    const stop = new AbortController();
    const silent: Evaluator = {
      name: "NPU",
      run: () => {
        setImmediate(() => stop.abort(new Error("enough")));
        return new Promise(() => {});
      },
    };
    const traced = trace(
      { model: CHAIN, evaluator: CPU },
      { model: CHAIN, evaluator: silent },
      { feeds: { x: X }, signal: stop.signal },
    );
    await expect(traced).rejects.toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
  });
});

const inputName = "input";
const broken: Evaluator = {
  name: "NPU",
  run: () => Promise.reject(new Error("out of memory")),
};
const contradicting: Evaluator = {
  name: "NPU",
  run: () => ({ y: { type: "float32", dims: [1, 9], data: new Float32Array(8) } }),
};

const mistyped: Evaluator = {
  name: "NPU",
  run: () => ({ y: { type: "float32", dims: [1, 8], data: new Float64Array(4) } }),
};

describe("explainNode", () => {
  const feeds = { x: X };
  const explain = async (other: Evaluator, node = "linear"): ReturnType<typeof explainNode> => {
    const [reference, outputs] = await Promise.all([alone(CPU), alone(other)]);
    return await explainNode(CHAIN, {
      node,
      feeds,
      reference: { name: "CPU", backend: "CPU", outputs: reference },
      other: { name: other.name, outputs },
    });
  };

  it("explains a node of a file, whose weights it finds there", async () => {
    expect(await explain(CPU)).toBeNull();
    expect(await explain(faulty("NPU", "h", (element) => element * 1.01))).toMatchObject({
      cause: "WRONG_RESULT",
      computedOn: { reference: { source: "CPU", backend: "CPU" }, other: { source: "NPU", backend: null } },
    });
    const rounded = await explain(faulty("NPU", "h", (element) => nextUp(element)));
    expect(rounded?.wrong).toEqual([]);
    // The two runtimes round their sums otherwise on most machines; where they do not, there is nothing to explain.
    const onWasm = await explain(WASM);
    if (onWasm !== null) expect(["FUSED_MULTIPLY_ADD", "SUMMATION_ORDER"]).toContain(onWasm.cause);
  });

  it("rejects a node that the model does not have, and tensors that are missing", async () => {
    await expect(explain(CPU, "nowhere")).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: 'The model has no node "nowhere".',
    });
    await expect(explain(CPU, "scaled")).rejects.toMatchObject({ message: expect.stringContaining('reads "h"') });
    const none = { name: "CPU", outputs: {} };
    await expect(explainNode(CHAIN, { node: "linear", feeds, reference: none, other: none })).rejects.toMatchObject({
      message: 'The output "h" of CPU is missing.',
    });
  });

  async function alone({ run }: Evaluator): Promise<Awaited<ReturnType<Evaluator["run"]>>> {
    const linear = modelOf({
      inputs: { x: ["float32", [1, 64]] },
      weights: [floatWeight("w", [64, 32], noise(2048))],
      nodes: [{ name: "linear", op: "MatMul", inputs: ["x", "w"], outputs: ["h"] }],
      outputs: ["h"],
    });
    return await run(writeModel(linear), feeds);
  }
});
