import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeModel } from "#core/onnx/protobuf.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { elementArray } from "#core/tensors/tensor-array.ts";
import {
  bytesPerElement,
  elementsOf,
  type NamedTensors,
  type TensorValue,
  tensorValue,
} from "#core/tensors/tensor-value.ts";
import { isConstantNode } from "#core/trace/cut-node.ts";
import { cutPart, partSource, type PartSource } from "#core/trace/cut.ts";
import { fedNames } from "#core/trace/inputs.ts";
import { matchNodes } from "#core/trace/match.ts";
import { shapeName } from "#core/model/part.ts";
import { grow } from "../certify/generate/graph.ts";
import { Tape } from "../certify/generate/tape.ts";
import { float, int, ints, text } from "../certify/graphs/sketch.ts";
import { floats, floatWeight, graphOf, intWeight, modelOf, noise, typed, valueInfo } from "./graphs.ts";
import { runOnCpu, runOnWasm } from "./sources.ts";

const RUNTIMES = [
  ["onnxruntime-node", runOnCpu],
  ["onnxruntime-web", runOnWasm],
] as const;

const sourceOf = (model: OnnxModel): PartSource => partSource(writeModel(model));

/** Every value that a node makes. */
function innerValues({ graph }: OnnxModel): string[] {
  const own = new Set(graph.outputs.map(({ name }) => name));
  return graph.nodes
    .filter((node) => !isConstantNode(node))
    .flatMap(({ outputs }) => outputs)
    .filter((name) => name !== "" && !own.has(name));
}

/** Runs the whole model with everything marked, then each node alone with what it was given there. */
async function everyNodeAlone(
  model: OnnxModel,
  feeds: NamedTensors,
  run: (typeof RUNTIMES)[number][1],
): Promise<readonly (readonly [node: string, whole: NamedTensors, alone: NamedTensors])[]> {
  const source = sourceOf(model);
  const marked = { kind: "marked", outputs: innerValues(model) } as const;
  const whole = new Map([...feeds, ...(await run(cutPart(source, marked, feeds), feeds))]);
  const { pairs } = matchNodes(model, model);
  const alone = [];
  for (const { reference } of pairs) {
    const own = new Map(fedNames(reference, new Set(whole.keys())).map((name) => [name, whole.get(name)!]));
    const outputs = await run(cutPart(source, { kind: "node", node: reference.index }, own), own);
    const { op, outputs: names } = reference.node;
    const expected = new Map(names.filter((name) => name !== "").map((name) => [name, whole.get(name)!]));
    alone.push([op, expected, outputs] as const);
  }
  return alone;
}

const X = floats([2, 3, 4], noise(24));
const HALF = typed("float16", [2, 2], Uint16Array.of(0x3c01, 0xbe00, 0x0001, 0x7bff));
const LONG = typed("int64", [2, 2], BigInt64Array.of(1n, -5n, 2n ** 60n, 7n));

const thenElse = (captured: string) => ({
  then_branch: {
    kind: "graph",
    value: graphOf({ nodes: [{ op: "Mul", inputs: [captured, "w"], outputs: ["t"] }], outputs: ["t"] }),
  } as const,
  else_branch: {
    kind: "graph",
    value: graphOf({ nodes: [{ op: "Neg", inputs: [captured], outputs: ["e"] }], outputs: ["e"] }),
  } as const,
});

const LOOP_BODY = {
  ...graphOf({
    nodes: [
      { op: "Add", inputs: ["carried", "h"], outputs: ["next"] },
      { op: "Identity", inputs: ["go"], outputs: ["still"] },
      { op: "Identity", inputs: ["next"], outputs: ["seen"] },
    ],
    outputs: ["still", "next", "seen"],
  }),
  inputs: [valueInfo("turn", "int64", []), valueInfo("go", "bool", []), valueInfo("carried", "float32", [2, 3, 4])],
};

interface Case {
  readonly what: string;
  readonly model: OnnxModel;
  readonly feeds: Readonly<Record<string, TensorValue>>;
  /** An output that marking is known to move. */
  readonly moved?: string;
}

const FLOAT_INPUT = { x: ["float32", [2, 3, 4]] } as const;

const CASES: readonly Case[] = [
  {
    what: "optional inputs and outputs that are left out",
    feeds: { x: X },
    model: modelOf({
      inputs: FLOAT_INPUT,
      weights: [floatWeight("max", [], [0.25])],
      nodes: [
        {
          op: "Constant",
          inputs: [],
          outputs: ["scales"],
          attributes: { value_floats: { kind: "floats", value: [1, 1, 2] } },
        },
        { op: "Clip", inputs: ["x", "", "max"], outputs: ["clipped"] },
        { op: "Dropout", inputs: ["clipped"], outputs: ["dropped", "mask"] },
        { op: "Resize", inputs: ["dropped", "", "scales"], outputs: ["y"], attributes: { mode: text("nearest") } },
      ],
      outputs: ["y", "mask"],
    }),
  },
  {
    what: "several outputs of several types",
    feeds: { x: X },
    model: modelOf({
      inputs: FLOAT_INPUT,
      weights: [intWeight("k", [1], [2]), intWeight("sizes", [2], [1, 3])],
      nodes: [
        { op: "Split", inputs: ["x", "sizes"], outputs: ["a", "b"], attributes: { axis: int(2) } },
        { op: "TopK", inputs: ["b", "k"], outputs: ["top", "places"] },
        { op: "Add", inputs: ["a", "top"], outputs: ["y"] },
      ],
      outputs: ["y", "places"],
    }),
  },
  {
    what: "float16, int64, bool and int8",
    // Both runtimes compute float16 in float32, and round in between only where the float16 value is asked for.
    moved: "f",
    feeds: { h: HALF, n: LONG },
    model: modelOf({
      inputs: { h: ["float16", [2, 2]], n: ["int64", [2, 2]] },
      nodes: [
        { op: "Mul", inputs: ["h", "h"], outputs: ["h2"] },
        { op: "Add", inputs: ["n", "n"], outputs: ["n2"] },
        { op: "Greater", inputs: ["n2", "n"], outputs: ["more"] },
        { op: "Cast", inputs: ["n"], outputs: ["small"], attributes: { to: int(3) } },
        { op: "Cast", inputs: ["h2"], outputs: ["f"], attributes: { to: int(1) } },
        { op: "Where", inputs: ["more", "n2", "n"], outputs: ["y"] },
      ],
      outputs: ["y", "f", "small"],
    }),
  },
  {
    what: "branches that capture values and weights from outside",
    feeds: { x: X, which: typed("bool", [], Uint8Array.of(1)) },
    model: modelOf({
      inputs: { ...FLOAT_INPUT, which: ["bool", []] },
      weights: [floatWeight("w", [], [3])],
      nodes: [
        { op: "Exp", inputs: ["x"], outputs: ["h"] },
        { op: "If", inputs: ["which"], outputs: ["y"], attributes: thenElse("h") },
      ],
      outputs: ["y"],
    }),
  },
  {
    what: "a loop whose body captures a value",
    feeds: { x: X },
    model: modelOf({
      inputs: FLOAT_INPUT,
      weights: [intWeight("turns", [], [3])],
      nodes: [
        { op: "Exp", inputs: ["x"], outputs: ["h"] },
        {
          op: "Loop",
          inputs: ["turns", "", "x"],
          outputs: ["sum", "all"],
          attributes: { body: { kind: "graph", value: LOOP_BODY } },
        },
      ],
      outputs: ["sum", "all"],
    }),
  },
  {
    what: "operators of com.microsoft, and an input named twice",
    feeds: { x: X },
    model: modelOf({
      inputs: FLOAT_INPUT,
      weights: [floatWeight("bias", [4], [1, 2, 3, 4])],
      nodes: [
        { op: "BiasGelu", domain: "com.microsoft", inputs: ["x", "bias"], outputs: ["g"] },
        { op: "Mul", inputs: ["g", "g"], outputs: ["y"] },
      ],
      outputs: ["y"],
    }),
  },
  {
    what: "nodes that read constants alone",
    feeds: { x: X },
    model: modelOf({
      inputs: FLOAT_INPUT,
      weights: [floatWeight("a", [4], [1, 2, 3, 4])],
      nodes: [
        { op: "Constant", inputs: [], outputs: ["c"], attributes: { value_float: float(0.5) } },
        { op: "Mul", inputs: ["a", "c"], outputs: ["m"] },
        { op: "Add", inputs: ["x", "m"], outputs: ["y"] },
      ],
      outputs: ["y"],
    }),
  },
  {
    what: "weights that nodes make of constants, which are folded before the kernel is chosen",
    feeds: { x: floats([1, 256], noise(256)) },
    model: modelOf({
      inputs: { x: ["float32", [1, 256]] },
      weights: [floatWeight("w", [16, 16, 10], noise(2560)), intWeight("shape", [2], [256, 10])],
      nodes: [
        { op: "Reshape", inputs: ["w", "shape"], outputs: ["flat"] },
        { op: "Neg", inputs: ["flat"], outputs: ["negated"] },
        { op: "MatMul", inputs: ["x", "negated"], outputs: ["y"] },
      ],
      outputs: ["y"],
    }),
  },
  {
    what: "weights that an old file lists among its inputs",
    feeds: { x: X },
    model: (() => {
      const model = modelOf(
        {
          inputs: FLOAT_INPUT,
          weights: [floatWeight("w", [4], [1, 2, 3, 4])],
          nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
          outputs: ["y"],
        },
        9,
      );
      const graph = { ...model.graph, weightInputs: [valueInfo("w", "float32", [4])] };
      return { ...model, irVersion: 3, graph };
    })(),
  },
];

describe.each(RUNTIMES)("differs on %s", (_name, run) => {
  it.each(CASES)("$what: each node alone gives the bits it gives in the graph", async ({ model, feeds }) => {
    const given = new Map(Object.entries(feeds));
    for (const [op, whole, alone] of await everyNodeAlone(model, given, run)) expect([op, alone]).toEqual([op, whole]);
  });

  it("marking exposes inner values next to the outputs that the model serves", async () => {
    for (const { model, feeds, moved } of CASES) {
      const source = sourceOf(model);
      const given = new Map(Object.entries(feeds));
      const served = await run(cutPart(source, { kind: "served" }, given), given);
      const outputs = innerValues(model);
      const marked = await run(cutPart(source, { kind: "marked", outputs }, given), given);
      expect([...marked.keys()].toSorted()).toEqual([...served.keys(), ...outputs].toSorted());
      for (const [name, value] of served) {
        if (name === moved) expect(marked.get(name)).not.toEqual(value);
        else expect(marked.get(name)).toEqual(value);
      }
    }
  });

  it("shapes tells every value's shape without handing it out", async () => {
    for (const { model, feeds } of CASES) {
      const source = sourceOf(model);
      const given = new Map(Object.entries(feeds));
      const values = [...innerValues(model), ...model.graph.outputs.map(({ name }) => name)];
      const marked = await run(cutPart(source, { kind: "marked", outputs: innerValues(model) }, given), given);
      const shapes = await run(cutPart(source, { kind: "shapes", values }, given), given);
      for (const [index, name] of values.entries()) {
        const shape = shapes.get(shapeName(index));
        expect(shape && Array.from(elementArray(shape) as BigInt64Array, Number)).toEqual(marked.get(name)?.dims);
      }
    }
  });
});

describe("random graphs", () => {
  it("can be cut into nodes that reproduce their bits", async () => {
    let ran = 0;
    const run = async (seed: number): Promise<void> => {
      const { model, domain, sizes } = grow(new Tape(seed));
      const [batch] = domain.shape as [number];
      const dims = [batch === -1 ? 2 : batch, ...sizes!];
      const values = noise(elementsOf(dims), seed).map((value) => Math.round(value * 100));
      const feeds = new Map([["x", floats(dims, values)]]);
      // Some of these graphs are made to be refused, and not only by the certifier.
      const runs = await runOnCpu(writeModel(model), feeds).then(
        () => true,
        () => false,
      );
      if (!runs) return;
      ran += 1;
      for (const [op, whole, alone] of await everyNodeAlone(model, feeds, runOnCpu)) {
        expect([op, alone]).toEqual([op, whole]);
      }
    };
    await fc.assert(fc.asyncProperty(fc.nat(), run), { numRuns: 60, seed: 4, endOnFailure: true });
    expect(ran).toBeGreaterThan(40);
  });
});

describe("a model that defines functions", () => {
  const twice = encodeModel({
    irVersion: 8,
    opsetImport: [
      { domain: "", version: 17 },
      { domain: "mine", version: 1 },
    ],
    functions: [
      {
        name: "Twice",
        domain: "mine",
        input: ["a"],
        output: ["b"],
        opsetImport: [{ domain: "", version: 17 }],
        node: [{ opType: "Add", input: ["a", "a"], output: ["b"] }],
      },
    ],
    graph: {
      name: "g",
      input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } } }],
      output: [{ name: "y" }],
      node: [
        { opType: "Twice", domain: "mine", input: ["x"], output: ["t"] },
        { opType: "Neg", input: ["t"], output: ["y"] },
      ],
    },
  });
  const feeds = new Map([["x", floats([2], [1, 2])]]);

  it.each(RUNTIMES)("is marked on %s, since its own bytes stay", async (_name, run) => {
    const values = await run(cutPart(partSource(twice), { kind: "marked", outputs: ["t"] }, feeds), feeds);
    expect(values.get("t")).toEqual(floats([2], [2, 4]));
  });

  it("gives its other nodes alone, and says why a call of a function cannot be cut out", async () => {
    const own = new Map([["t", floats([2], [2, 4])]]);
    const source = partSource(twice);
    expect((await runOnCpu(cutPart(source, { kind: "node", node: 1 }, own), own)).get("y")).toEqual(
      floats([2], [-2, -4]),
    );
    expect(() => cutPart(source, { kind: "node", node: 0 }, feeds)).toThrow(/"Twice", a function.*Inline/);
  });
});

describe("a part that cannot be", () => {
  const model = modelOf({ inputs: FLOAT_INPUT, nodes: [{ op: "Exp", inputs: ["x"], outputs: ["y"] }], outputs: ["y"] });

  it("is refused with the reason", () => {
    const source = sourceOf(model);
    expect(() => cutPart(source, { kind: "node", node: 7 }, new Map())).toThrow(/no node 7.*0 to 0/);
    expect(() => cutPart(source, { kind: "node", node: 0 }, new Map())).toThrow(
      /reads "x", which was not given a value/,
    );
  });

  it("served is the file itself", () => {
    const source = sourceOf(model);
    expect(cutPart(source, { kind: "served" }, new Map())).toBe(source.bytes);
  });
});

describe("tensors of every type", () => {
  it.each([
    "float32",
    "float64",
    "float16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "bool",
  ] as const)("%s goes into both runtimes and comes back with its bits", async (type) => {
    const size = bytesPerElement(type);
    const bytes = Uint8Array.from({ length: 6 * size }, (_, index) =>
      type === "bool" ? index % 2 : (index * 89 + 3) % 256,
    );
    // As bytes off the wire may lie: not aligned.
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const x = tensorValue(type, [2, 3], shifted.subarray(1));
    const model = modelOf(
      {
        inputs: { x: [type, [2, 3]] },
        nodes: [{ op: "Transpose", inputs: ["x"], outputs: ["y"], attributes: { perm: ints([0, 1]) } }],
        outputs: ["y"],
      },
      17,
    );
    const feeds = new Map([["x", x]]);
    for (const [name, run] of RUNTIMES) {
      const y = (await run(cutPart(sourceOf(model), { kind: "served" }, feeds), feeds)).get("y");
      expect([name, y?.type, y?.dims, [...(y?.bytes ?? [])]]).toEqual([name, type, [2, 3], [...bytes]]);
    }
  });
});
