import { describe, expect, test } from "vitest";
import { canonical } from "#core/onnx/canonical.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { float, int, valueInfo, type Sketch } from "./graphs/sketch.ts";
import { graphOf } from "./mutate/name-mutations.ts";
import {
  GRAPH_INITIALIZER,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  GRAPH_SPARSE,
  MODEL_GRAPH,
  MODEL_OPSET,
  NODE_ATTRIBUTE,
  NODE_OP,
  NODE_OUTPUT,
  TENSOR_NAME,
} from "./mutate/schema.ts";
import { children, copyOf, encode, field, message, parse, textOf, type Message } from "./mutate/wire.ts";
import { packsOf } from "./pack.ts";
import { domain, modelWith, PICTURE, reason } from "./reasons.ts";
import { LEVELS, runOnCpu } from "./runtimes/cpu.ts";
import { runOnWasm } from "./runtimes/wasm.ts";
import { tryEveryRow } from "./trial.ts";
import { differences } from "./verdict.ts";

/* Each kind of graph or file that once led to a certificate that was false. */

describe("a graph that was certified wrongly is refused", () => {
  const places = (sketch: Sketch, axis: number, rank: readonly [number, number]): string => {
    const table = sketch.node("Concat", [sketch.integers([0, 0], rank), sketch.integers([1, 1], rank)], {
      axis: int(axis),
    });
    const both = sketch.node("Concat", ["x", sketch.node("Mul", ["x", sketch.scalar(4)])], { axis: int(1) });
    return sketch.node("Gather", [both, table], { axis: int(1) });
  };

  test.each([
    ["along axis 1", 1, [2, 1]],
    ["along axis 0", 0, [1, 2]],
    ["along axis -1", -1, [2, 1]],
  ] as const)("a table of integers joined %s, whose rank and places were lost", (_what, axis, rank) => {
    const model = modelWith((sketch) => places(sketch, axis, rank));
    expect(reason(model, domain(PICTURE))).toMatch(/^Concat: Concat of integers is known for lists alone/);
  });

  const zeros = (sketch: Sketch): string => sketch.node("Relu", [sketch.node("Sub", ["x", sketch.scalar(300)])]);
  const scaled = (sketch: Sketch, from: string, scale: number, times: number): string => {
    let name = from;
    for (let left = times; left > 0; left--) name = sketch.node("Mul", [name, sketch.scalar(scale)]);
    return sketch.node("Add", [name, sketch.floats([1])]);
  };
  const matrix = (sketch: Sketch): string => sketch.floats([1, 1, 1, 1], [4, 1]);

  test.each<[string, (sketch: Sketch) => string]>([
    ["a MatMul", (sketch) => scaled(sketch, sketch.node("MatMul", [zeros(sketch), matrix(sketch)]), 2 ** 29, 6)],
    [
      "a Conv",
      (sketch) => scaled(sketch, sketch.node("Conv", [zeros(sketch), sketch.floats([1], [1, 1, 1, 1])]), 2 ** 29, 6),
    ],
    ["no product at all", (sketch) => scaled(sketch, zeros(sketch), 2 ** 29, 6)],
    [
      "scales that shrink",
      (sketch) => scaled(sketch, sketch.node("MatMul", [zeros(sketch), matrix(sketch)]), 2 ** -29, 6),
    ],
  ])("scales of a tensor that is always 0, which optimisers multiply to infinity: behind %s", (_what, build) => {
    expect(reason(modelWith(build), domain(PICTURE))).toMatch(
      /^Mul: The constant scales up to it multiply to 2\^-?\d+/,
    );
  });

  test("the alpha of a Gemm behind such scales", () => {
    const model = modelWith(
      (sketch) => {
        const first = sketch.node("Mul", [zeros(sketch), sketch.scalar(2 ** 29)]);
        const second = sketch.node("Mul", [first, sketch.scalar(2 ** 29)]);
        return sketch.node("Gemm", [second, matrix(sketch), sketch.floats([1])], { alpha: float(2 ** 29) });
      },
      [4],
    );
    expect(reason(model, domain([4]))).toMatch(/^Gemm: The constant scales up to it/);
  });
});

describe("a file that two readers read in two ways is refused", () => {
  const model = modelWith((sketch) =>
    sketch.node("Relu", [sketch.node("Conv", ["x", sketch.floats([3], [1, 1, 1, 1]), sketch.floats([0])])]),
  );
  const graph = (root: Message): Message => graphOf(root);
  const weight = (root: Message): Message => children(graph(root), GRAPH_INITIALIZER)[0]!;
  const weightName = (root: Message): string => textOf(weight(root), TENSOR_NAME);
  const node = (root: Message): Message => children(graph(root), GRAPH_NODE)[0]!;
  const constant = (name: string, value: Message): Message =>
    message(
      "Node",
      field(NODE_OUTPUT, name),
      field(NODE_OP, "Constant"),
      field(NODE_ATTRIBUTE, message("Attribute", field(1, "value"), field(20, 4), field(5, value))),
    );
  const nameOutput = (root: Message, name: string): void => {
    const target = node(root);
    const at = target.fields.findIndex(({ number }) => number === NODE_OUTPUT);
    target.fields[at] = field(NODE_OUTPUT, name);
  };

  test.each<[string, (root: Message) => unknown, RegExp]>([
    [
      "a Constant node and a weight of one name",
      (root) => graph(root).fields.unshift(field(GRAPH_NODE, constant(weightName(root), copyOf(weight(root))))),
      /is defined twice, as a weight and as an output of a Constant node/,
    ],
    [
      "two weights of one name",
      (root) => graph(root).fields.push(field(GRAPH_INITIALIZER, copyOf(weight(root)))),
      /Two weights are called/,
    ],
    [
      "a node's output of a weight's name",
      (root) => nameOutput(root, weightName(root)),
      /is defined twice, as a weight/,
    ],
    ["a node's output of the input's name", (root) => nameOutput(root, "x"), /is defined twice, as an input/],
    [
      "two outputs of nodes of one name",
      (root) => nameOutput(root, textOf(children(graph(root), GRAPH_NODE)[1]!, NODE_OUTPUT)),
      /is defined twice, as an output/,
    ],
    [
      "the input twice",
      (root) => graph(root).fields.push(field(GRAPH_INPUT, copyOf(children(graph(root), GRAPH_INPUT)[0]!))),
      /is defined twice, as an input and as an input/,
    ],
    [
      "the output twice",
      (root) => graph(root).fields.push(field(GRAPH_OUTPUT, copyOf(children(graph(root), GRAPH_OUTPUT)[0]!))),
      /The output .* is listed twice/,
    ],
    [
      "a sparse weight",
      (root) => graph(root).fields.push(field(GRAPH_SPARSE, message("Sparse", field(1, copyOf(weight(root)))))),
      /sparse/,
    ],
    [
      "two graphs, the first one with weights alone",
      (root) =>
        root.fields.unshift(field(MODEL_GRAPH, message("Graph", field(GRAPH_INITIALIZER, copyOf(weight(root)))))),
      /The field graph of ModelProto stands in it twice/,
    ],
    [
      "a tensor's bytes twice",
      (root) => weight(root).fields.push(field(9, Uint8Array.of(0, 0, 128, 63))),
      /The field raw_data of TensorProto stands in it twice/,
    ],
    [
      "an operator's name twice",
      (root) => node(root).fields.push(field(NODE_OP, "Identity")),
      /The field op_type of NodeProto stands in it twice/,
    ],
    [
      "two versions of the operators",
      (root) => root.fields.push(field(MODEL_OPSET, message("Opset", field(1, "ai.onnx"), field(2, 7)))),
      /names the version of the operator set "ai.onnx" twice/,
    ],
    [
      "a name that is not UTF-8",
      (root) => node(root).fields.push(field(1, Uint8Array.of(0x77, 0xfe))),
      /A input in NodeProto is not valid UTF-8/,
    ],
  ])("%s", (_what, edit, because) => {
    const root = parse(writeModel(model), "Model");
    expect(() => readModel(encode(root))).not.toThrow();
    edit(root);
    expect(() => readModel(encode(root))).toThrow(because);
  });
});

describe("a shape noted in the file that the input contradicts", () => {
  /** Two rows become [1, 2, ...] by their Shape, which an optimiser would fold to [1, 1, ...] if it believed the note. */
  function withStaleShapes(): OnnxModel {
    const model = modelWith((sketch) => {
      const same = sketch.node("Relu", ["x"]);
      const batch = sketch.node("Slice", [sketch.node("Shape", [same]), sketch.integers([0]), sketch.integers([1])]);
      const target = sketch.node("Concat", [sketch.integers([1]), batch, sketch.integers([-1])], { axis: int(0) });
      return sketch.node("Add", [sketch.node("Reshape", [same, target]), sketch.floats([1])]);
    });
    const first = model.graph.nodes[0]!.outputs[0]!;
    return { ...model, graph: { ...model.graph, valueInfo: [valueInfo({ name: first, dims: [1, ...PICTURE] })] } };
  }

  test("is left out of what is certified and run, so that every backend gives the true bits", async () => {
    const tried = tryEveryRow({
      model: canonical(readModel(writeModel(withStaleShapes()))).model,
      domain: domain(PICTURE),
    });
    if (tried.kind !== "ready") throw new Error(tried.kind === "refused" ? tried.reason : tried.what);
    const [pack] = packsOf([tried.trial], 1);
    for (const level of LEVELS) {
      const answers = [
        await runOnCpu(pack!.bytes, pack!.feeds, level, 1),
        await runOnWasm(pack!.bytes, pack!.feeds, level),
      ];
      for (const each of answers) expect(differences(pack!, each, level)).toEqual([]);
    }
  });

  test("would change the answer if it were kept", async () => {
    const tried = tryEveryRow({ model: withStaleShapes(), domain: domain(PICTURE) });
    if (tried.kind !== "ready") throw new Error(tried.kind === "refused" ? tried.reason : tried.what);
    const { model, input } = tried.trial;
    const pack = { outputs: [model.graph.outputs[0]!.name], trials: [tried.trial] };
    const wrong = await runOnCpu(writeModel(model), [{ name: "x", ...input }], "extended", 1).then(
      (answers) => differences(pack, answers, "extended").length > 0,
      () => true,
    );
    expect(wrong).toBe(true);
  });
});
