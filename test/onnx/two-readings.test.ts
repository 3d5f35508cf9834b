import protobuf from "protobufjs/minimal.js";
import { describe, expect, it } from "vitest";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { floats, model, node, value } from "./build.ts";

/* A file that two protobuf readers may read in two ways is refused: C++ merges what JavaScript replaces. */

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

type Part = (writer: protobuf.Writer) => void;

const tag = (field: number, wire: number): number => field * 8 + wire;

function bytes(...parts: readonly Part[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const part of parts) part(writer);
  return writer.finish().slice();
}

const blob =
  (field: number, content: Uint8Array): Part =>
  (writer) =>
    void writer.uint32(tag(field, LENGTH)).bytes(content);
const text = (field: number, content: string): Part => blob(field, new TextEncoder().encode(content));
const number =
  (field: number, content: number): Part =>
  (writer) =>
    void writer.uint32(tag(field, VARINT)).uint64(content);
const varints =
  (...content: readonly number[]): Part =>
  (writer) => {
    for (const each of content) writer.uint32(each);
  };

const INPUT = bytes(text(1, "x"));
const OUTPUT = bytes(text(1, "y"));
const relu = (...more: readonly Part[]): Uint8Array => bytes(text(1, "x"), text(2, "y"), text(4, "Relu"), ...more);
const graph = (...more: readonly Part[]): Uint8Array =>
  bytes(blob(1, relu()), text(2, "g"), blob(11, INPUT), blob(12, OUTPUT), ...more);
const file = (content: Uint8Array, ...more: readonly Part[]): Uint8Array =>
  bytes(number(1, 8), blob(7, content), blob(8, bytes(number(2, 17))), ...more);

const withNode = (part: Uint8Array): Uint8Array =>
  file(bytes(blob(1, part), text(2, "g"), blob(11, INPUT), blob(12, OUTPUT)));
const withTensor = (...parts: readonly Part[]): Uint8Array => file(graph(blob(5, bytes(text(8, "w"), ...parts))));
const withAttribute = (...parts: readonly Part[]): Uint8Array =>
  withNode(relu(blob(5, bytes(text(1, "alpha"), ...parts))));
const withType = (...parts: readonly Part[]): Uint8Array =>
  file(bytes(blob(1, relu()), text(2, "g"), blob(11, bytes(text(1, "x"), blob(2, bytes(...parts)))), blob(12, OUTPUT)));

describe("a file with only one possible reading", () => {
  it("is read", () => {
    expect(readModel(file(graph())).graph.nodes).toMatchObject([{ op: "Relu" }]);
  });

  it("may hold fields that no schema knows, and lists that are packed or not", () => {
    expect(readModel(file(graph(), text(99, "new"))).graph.nodes).toHaveLength(1);
    const packed = withTensor(blob(1, Uint8Array.of(2)), number(2, 1), blob(4, new Uint8Array(8)));
    const single = withTensor(
      number(1, 2),
      number(2, 1),
      ...Array.from({ length: 2 }, () => varints(tag(4, FIXED32), 0, 0, 0, 0)),
    );
    expect(readModel(packed).graph.initializers.get("w")?.dims).toEqual([2]);
    expect(readModel(single).graph.initializers.get("w")?.dims).toEqual([2]);
  });

  it("may hold names in any script", () => {
    const named = withNode(relu(text(3, "層1 – Œuvre 🧮")));
    expect(readModel(named).graph.nodes[0]?.name).toBe("層1 – Œuvre 🧮");
  });
});

describe("is refused", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["the graph twice", file(graph(), blob(7, graph())), /ModelProto has its field graph twice/],
    ["the graph twice, once empty", file(graph(), blob(7, new Uint8Array())), /ModelProto has its field graph twice/],
    ["the IR version twice", file(graph(), number(1, 8)), /ModelProto has its field ir_version twice/],
    ["a name twice", withNode(relu(text(3, "a"), text(3, "a"))), /NodeProto has its field name twice/],
    ["an operator twice", withNode(relu(text(4, "Abs"))), /NodeProto has its field op_type twice/],
    ["a domain twice", withNode(relu(text(7, ""), text(7, "custom"))), /NodeProto has its field domain twice/],
    [
      "raw data twice",
      withTensor(number(1, 1), number(2, 1), blob(9, new Uint8Array(4)), blob(9, new Uint8Array(4))),
      /TensorProto has its field raw_data twice/,
    ],
    [
      "an attribute's number twice",
      withAttribute(number(3, 1), number(3, 2), number(20, 2)),
      /AttributeProto has its field i twice/,
    ],
    [
      "an attribute's tensor twice",
      withAttribute(blob(5, bytes(number(1, 1))), blob(5, bytes(number(2, 1)))),
      /AttributeProto has its field t twice/,
    ],
    [
      "a version twice",
      bytes(number(1, 8), blob(7, graph()), blob(8, bytes(number(2, 17), number(2, 9)))),
      /OperatorSetIdProto has its field version twice/,
    ],
    [
      "a type twice",
      withType(blob(1, bytes(number(1, 1))), blob(1, bytes(number(1, 7)))),
      /TypeProto has its field tensor_type twice/,
    ],
    [
      "two types that exclude each other",
      withType(blob(1, bytes(number(1, 1))), blob(4, bytes())),
      /TypeProto has the field sequence_type together/,
    ],
    [
      "a size with a name",
      withType(blob(1, bytes(number(1, 1), blob(2, bytes(blob(1, bytes(number(1, 4), text(2, "N")))))))),
      /Dimension has the field dim_param together/,
    ],
    [
      "a field twice in training information that is not used",
      file(graph(), blob(20, bytes(blob(1, graph()), blob(1, graph())))),
      /TrainingInfoProto has its field initialization twice/,
    ],
    [
      "a field twice in a function's node",
      file(graph(), blob(25, bytes(blob(7, relu(text(4, "Abs")))))),
      /NodeProto has its field op_type twice/,
    ],
  ])("with %s", (_what, content, sentence) => {
    expect(() => readModel(content)).toThrow(ModelRejected);
    expect(() => readModel(content)).toThrow(sentence);
  });

  it.each<[string, readonly number[]]>([
    ["a lone byte above 127", [0x77, 0xfe]],
    ["a truncated character", [0x77, 0xe2, 0x82]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
    ["a character beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
  ])("with a name that is not UTF-8: %s", (_what, name) => {
    const content = Uint8Array.from(name);
    const inputs = withNode(bytes(blob(1, content), text(2, "y"), text(4, "Relu")));
    expect(() => readModel(inputs)).toThrow(/input of NodeProto is not valid UTF-8/);
    expect(() => readModel(file(graph(blob(5, bytes(blob(8, content))))))).toThrow(
      /name of TensorProto is not valid UTF-8/,
    );
    expect(() => readModel(file(graph(), blob(14, bytes(blob(1, content)))))).toThrow(/key of StringStringEntryProto/);
  });

  it.each<[string, Uint8Array]>([
    ["a name that is written as a number", withNode(relu(number(3, 5)))],
    ["a graph that is written as a number", bytes(number(1, 8), number(7, 1), blob(8, bytes(number(2, 17))))],
    ["an integer that is written as text", withAttribute(text(3, "1"))],
    ["a group", file(graph(), varints(tag(99, 3), tag(99, 4)))],
    ["field number 0", file(graph(), varints(0, 0))],
    ["a field that reaches beyond the file", file(graph(), varints(tag(99, LENGTH), 100, 1))],
    [
      "a list of floats that ends in the middle of one",
      withTensor(number(1, 2), number(2, 1), blob(4, new Uint8Array(7))),
    ],
    [
      "a list of integers that ends in the middle of one",
      withTensor(number(1, 1), number(2, 7), blob(7, Uint8Array.of(0x81))),
    ],
    ["a data location that is not one", withTensor(number(1, 1), number(2, 1), number(14, 7))],
    ["an attribute of a type that is not one", withAttribute(number(20, 99))],
  ])("with %s", (_what, content) => {
    expect(() => readModel(content)).toThrow(/cut short, damaged or not ONNX at all: /);
  });
});

describe("a graph in which a name stands for two values is refused", () => {
  const add = node("Add", ["x", "w"], ["y"]);
  const weights = [floats("w", [1], () => 1)];

  it.each<[string, Parameters<typeof model>[0], RegExp]>([
    [
      "a node's output and a weight",
      { nodes: [node("Relu", ["x"], ["w"]), add], weights },
      /"w" is defined twice, as a weight and as an output of a Relu node/,
    ],
    ["two nodes' outputs", { nodes: [node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])] }, /"y" is defined twice/],
    ["two outputs of one node", { nodes: [node("Split", ["x"], ["y", "y"])] }, /"y" is defined twice/],
    [
      "an input and a node's output",
      { nodes: [node("Relu", ["x"], ["x"])], outputs: [value("x", null)] },
      /"x" is defined twice, as an input/,
    ],
    [
      "two inputs",
      { nodes: [add], weights, inputs: [value("x", ["N", 4]), value("x", ["N", 4])] },
      /"x" is defined twice, as an input and as an input/,
    ],
    [
      "two outputs of the graph",
      { nodes: [add], weights, outputs: [value("y", null), value("y", null)] },
      /The output "y" is listed twice/,
    ],
    [
      "two shapes of one value",
      { nodes: [add], weights, valueInfo: [value("y", [1]), value("y", [2])] },
      /The shape "y" is listed twice/,
    ],
    [
      "values of a branch",
      {
        nodes: [
          node("If", ["x"], ["y"], {
            then_branch: {
              kind: "graph",
              value: model({ nodes: [node("Relu", ["x"], ["z"]), node("Abs", ["x"], ["z"])] }).graph,
            },
          }),
        ],
      },
      /"z" is defined twice/,
    ],
  ])("%s", (_what, parts, sentence) => {
    expect(() => readModel(writeModel(model(parts)))).toThrow(sentence);
  });

  it("a weight that is also an input is accepted", () => {
    const listed = model({ nodes: [add], weights, weightInputs: [value("w", [1])] });
    expect(readModel(writeModel(listed)).graph.weightInputs).toMatchObject([{ name: "w" }]);
  });

  it("and so is one operator set with two versions", () => {
    const twice = bytes(
      number(1, 8),
      blob(7, graph()),
      blob(8, bytes(number(2, 17))),
      blob(8, bytes(text(1, "ai.onnx"), number(2, 9))),
    );
    expect(() => readModel(twice)).toThrow(/version of the operator set "ai.onnx" twice/);
  });
});
