import { describe, expect, it } from "vitest";
import { certifyAsRun, type CertifiedAsRun } from "#core/model/certify-as-run.ts";
import type { OnnxModel, ValueInfo } from "#core/onnx/graph.ts";
import { openBatch } from "#core/onnx/open-batch.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { int, ints, Sketch } from "./graphs/sketch.ts";
import { LEVELS, runOnCpu } from "./runtimes/cpu.ts";
import { runOnWasm } from "./runtimes/wasm.ts";

/* Certificates that were false once: each is refused now, or is true of the bytes that run. */

const UNSCALED = { scale: 1, mean: [0], std: [1], invert: false };

function certified(model: OnnxModel): CertifiedAsRun {
  return certifyAsRun(readModel(writeModel(model)), UNSCALED, model.graph.inputs[0]!.shape!);
}

function refusal(model: OnnxModel): string | null {
  const found = certified(model);
  return found.certified ? null : `${found.certification.firstFailure.op}: ${found.certification.firstFailure.reason}`;
}

describe("an integer tensor that is not a list", () => {
  it("is not joined as if it were one: the Gather behind it would mix up channels", () => {
    const sketch = new Sketch();
    const weights = Array.from({ length: 18 }, (_, at) => (at < 9 ? (at === 4 ? 1 : 0) : 5000 + at));
    const pads = { pads: ints([1, 1, 1, 1]) };
    const channels = sketch.node("Conv", ["x", sketch.floats(weights, [2, 1, 3, 3]), sketch.floats([0, 0])], pads);
    const zeros = sketch.integers(
      Array.from({ length: 32 }, () => 0),
      [2, 16],
    );
    const ones = sketch.integers(
      Array.from({ length: 32 }, () => 1),
      [2, 16],
    );
    const indices = sketch.node("Concat", [zeros, ones], { axis: int(1) });
    const gathered = sketch.node("Gather", [channels, indices], { axis: int(1) });
    const output = sketch.node("Reshape", [gathered, sketch.integers([1, 64, 4, 4])]);
    const model = sketch.model({ name: "x", dims: [1, 1, 4, 4] }, output);
    expect(refusal(model)).toBe("Concat: For integers, the rule covers only lists.");
  });
});

describe("constant scales behind a tensor that is always 0", () => {
  function scaled(times: number): OnnxModel {
    const sketch = new Sketch();
    const negative = sketch.node("Sub", ["x", sketch.floats([300])]);
    const zeros = sketch.node("Relu", [negative]);
    const ones = sketch.floats(
      Array.from({ length: 64 }, () => 1),
      [16, 4],
    );
    let output = sketch.node("MatMul", [zeros, ones]);
    const scale = sketch.scalar(2 ** 29);
    for (let count = 0; count < times; count++) output = sketch.node("Mul", [output, scale]);
    return sketch.model({ name: "x", dims: [1, 16] }, sketch.node("Add", [output, sketch.floats([1])]));
  }

  it("are refused where an optimiser may make infinity of them", () => {
    expect(refusal(scaled(6))).toMatch(/^Mul: The constant scales up to it multiply to 2\^87/);
  });

  it("are certified while their product is a normal number, and then give the true bits", async () => {
    const found = certified(scaled(2));
    if (!found.certified) throw new Error("refused");
    const feeds = [{ name: "x", data: new Float32Array(16).fill(255), dims: [1, 16] }];
    const bytes = found.executed;
    for (const level of LEVELS) {
      for (const outputs of [await runOnCpu(bytes, feeds, level, 1), await runOnWasm(bytes, feeds, level)]) {
        const [output] = outputs.values();
        expect([...output!.data]).toEqual([1, 1, 1, 1]);
      }
    }
  });

  it("count from one product to the next, and with a Gemm's alpha", () => {
    const sketch = new Sketch();
    const zeros = sketch.node("Relu", [sketch.node("Sub", ["x", sketch.floats([300])])]);
    const scale = sketch.scalar(2 ** 29);
    const before = sketch.node("Mul", [sketch.node("Mul", [zeros, scale]), scale]);
    const weights = sketch.floats(
      Array.from({ length: 64 }, () => 1),
      [16, 4],
    );
    const gemm = sketch.node("Gemm", [before, weights, sketch.floats([0, 0, 0, 0])], {
      alpha: { kind: "float", value: 2 ** 20 },
    });
    expect(refusal(sketch.model({ name: "x", dims: [1, 16] }, gemm))).toMatch(/^Gemm: The constant scales up to it/);
  });
});

describe("a shape noted in the file that the graph contradicts", () => {
  /** Its Reshape target is computed from Shape, which optimisers fold by what the file notes. */
  function rows(note: (inside: string) => Partial<OnnxModel["graph"]>, batch: number | string = "N"): OnnxModel {
    const sketch = new Sketch();
    const inside = sketch.node("Relu", ["x"]);
    const first = sketch.node("Slice", [sketch.node("Shape", [inside]), sketch.integers([0]), sketch.integers([1])]);
    const target = sketch.node("Concat", [sketch.integers([1]), first, sketch.integers([-1])], { axis: int(0) });
    const reshaped = sketch.node("Reshape", [inside, target]);
    const pooled = sketch.node("GlobalMaxPool", [reshaped]);
    const model = sketch.model({ name: "x", dims: [batch, 1, 4, 4] }, sketch.node("Add", [pooled, sketch.floats([1])]));
    return { ...model, graph: { ...model.graph, ...note(inside) } };
  }

  const noted = (name: string, shape: readonly number[]): ValueInfo => ({
    name,
    elementType: "float32",
    shape,
    dimNames: shape.map(() => null),
  });
  const two = { name: "x", data: Float32Array.from({ length: 32 }, (_, at) => at), dims: [2, 1, 4, 4] };

  async function outputs(bytes: Uint8Array): Promise<readonly (readonly number[])[]> {
    const found: (readonly number[])[] = [];
    for (const level of LEVELS) {
      for (const run of [() => runOnCpu(bytes, [two], level, 1), () => runOnWasm(bytes, [two], level)]) {
        const [output] = (await run()).values();
        found.push([...output!.dims, ...output!.data]);
      }
    }
    return found;
  }

  const TRUE_ROWS = Array.from({ length: 2 * LEVELS.length }, () => [1, 2, 1, 16, 32]);

  it.each<[string, OnnxModel]>([
    ["of a value inside", rows((inside) => ({ valueInfo: [noted(inside, [1, 1, 4, 4])] }))],
    ["of an output", withOutputShape(rows(() => ({})))],
    ["in a batch of 0 that isobit opens", opened(rows((inside) => ({ valueInfo: [noted(inside, [1, 1, 4, 4])] }), 0))],
  ])("%s is left out of the bytes that run, which then give the true shape at every level", async (_what, model) => {
    const found = certified(model);
    if (!found.certified) throw new Error(found.certification.firstFailure.reason);
    expect(await outputs(found.executed)).toEqual(TRUE_ROWS);
  });

  function withOutputShape(model: OnnxModel): OnnxModel {
    const [output] = model.graph.outputs;
    return { ...model, graph: { ...model.graph, outputs: [noted(output!.name, [1, 1, 1])] } };
  }

  function opened(model: OnnxModel): OnnxModel {
    const { model: open, adaptation } = openBatch(model);
    expect(adaptation).toMatch(/was made dynamic/);
    return open;
  }

  it("is removed when a batch of 0 is opened, with or without a certificate", async () => {
    const open = opened(rows((inside) => ({ valueInfo: [noted(inside, [1, 1, 4, 4])] }), 0));
    expect(await outputs(writeModel(open))).toEqual(TRUE_ROWS);
  });
});

describe("two axes of one unknown size", () => {
  it("do not stay one size where a Slice cuts them differently", () => {
    const sketch = new Sketch();
    const cut = sketch.node("Slice", ["x", sketch.integers([1, 0]), sketch.integers([9, 9]), sketch.integers([2, 3])]);
    const model = sketch.model({ name: "x", dims: ["N", 1, "S", "S"] }, cut);
    const found = certifyAsRun(model, UNSCALED, [-1, 1, -1, -1]);
    if (!found.certified) throw new Error(found.certification.firstFailure.reason);
    const { dims } = found.certification.claims.at(-1)!;
    expect(new Set(dims).size).toBe(4);
  });
});
