import type { Tape } from "../generate/tape.ts";
import { graphOf } from "./name-mutations.ts";
import {
  GRAPH_INITIALIZER,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  GRAPH_VALUE_INFO,
  MODEL_FUNCTION,
  MODEL_GRAPH,
  MODEL_OPSET,
  NODE_ATTRIBUTE,
  NODE_INPUT,
  NODE_OP,
  NODE_OUTPUT,
  TENSOR_NAME,
  VALUE_NAME,
} from "./schema.ts";
import { children, copyOf, field, message, put, textOf, type Message } from "./wire.ts";
import type { Mutation } from "./wire-mutations.ts";

/** Changes of what surrounds the nodes: shapes, versions, functions, inner graphs. */
export const GRAPH_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a shape noted for a value inside, mostly a wrong one": (model, tape) => {
    const graph = graphOf(model);
    const names = children(graph, GRAPH_NODE).map((node) => textOf(node, NODE_OUTPUT));
    const inputs = children(graph, GRAPH_INPUT).map((input) => textOf(input, VALUE_NAME));
    const name = tape.pick([...names, ...names, ...inputs, "nowhere"]);
    graph.fields.push(field(GRAPH_VALUE_INFO, valueOf(name, someShape(graph, tape), tape.pick([1, 1, 1, 1, 7, 10]))));
    return true;
  },
  "another shape of the output": (model, tape) => {
    const graph = graphOf(model);
    const [output] = children(graph, GRAPH_OUTPUT);
    if (output === undefined) return false;
    put(output, valueOf("", someShape(graph, tape), tape.pick([1, 1, 1, 10])).fields[1]!);
    return true;
  },
  "another shape of the input": (model, tape) => {
    const graph = graphOf(model);
    const [input] = children(graph, GRAPH_INPUT);
    if (input === undefined) return false;
    put(input, valueOf("", someShape(graph, tape), tape.pick([1, 1, 1, 1, 11, 7])).fields[1]!);
    return true;
  },
  "a number and a name for one dimension": (model, tape) => {
    const dims = dimsOf(children(graphOf(model), tape.pick([GRAPH_INPUT, GRAPH_OUTPUT])));
    if (dims.length === 0) return false;
    const dim = tape.pick(dims);
    const extra = tape.pick([field(1, tape.between(0, 3)), field(2, tape.pick(["N", "M", ""]))]);
    dim.fields.splice(tape.below(dim.fields.length + 1), 0, extra);
    return true;
  },
  "another opset, or two": (model, tape) => {
    const version = field(2, tape.pick([5, 6, 7, 9, 11, 13, 15, 18, 21, 23, 25, 26, 2n ** 31n, -1n]));
    const domain = tape.pick([[], [], [field(1, "")], [field(1, "ai.onnx")], [field(1, "com.microsoft")]]);
    const fresh = field(MODEL_OPSET, message("Opset", ...domain, version));
    const at = model.fields.findIndex(({ number }) => number === MODEL_OPSET);
    if (at < 0 || tape.chance(0.5)) model.fields.push(fresh);
    else model.fields[at] = fresh;
    return true;
  },
  "another IR version": (model, tape) => {
    put(model, field(1, tape.pick([0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 99, 2n ** 32n + 8n])));
    return true;
  },
  "a function of an operator's name": (model, tape) => {
    const op = textOf(tape.pick(children(graphOf(model), GRAPH_NODE)), NODE_OP);
    const body = message("Node", field(NODE_INPUT, "a"), field(NODE_OUTPUT, "b"), field(NODE_OP, "Neg"));
    const opset = message("Opset", field(1, ""), field(2, 17));
    const domain = tape.pick(["", "ai.onnx", "local"]);
    model.fields.push(
      field(
        MODEL_FUNCTION,
        message(
          "Function",
          field(1, op),
          field(4, "a"),
          field(5, "b"),
          field(7, body),
          field(9, opset),
          field(10, domain),
        ),
      ),
    );
    return true;
  },
  "an If with a graph that names an outer value again": (model, tape) => {
    const graph = graphOf(model);
    const tensors = children(graph, GRAPH_INITIALIZER);
    if (tensors.length === 0) return false;
    const inner = copyOf(tape.pick(tensors));
    const name = textOf(inner, TENSOR_NAME);
    const condition = message("Tensor", field(2, 9), field(TENSOR_NAME, "condition"), field(9, Uint8Array.of(1)));
    const branch = message(
      "Graph",
      field(2, "branch"),
      field(GRAPH_INITIALIZER, inner),
      field(GRAPH_OUTPUT, valueOf(name, [], 1)),
    );
    const branches = ["then_branch", "else_branch"].map((which) =>
      field(NODE_ATTRIBUTE, message("Attribute", field(1, which), field(20, 5), field(6, copyOf(branch)))),
    );
    const node = message("Node", field(NODE_INPUT, "condition"), field(NODE_OUTPUT, "chosen"), field(NODE_OP, "If"));
    node.fields.push(...branches);
    graph.fields.push(field(GRAPH_INITIALIZER, condition), field(GRAPH_NODE, node));
    return true;
  },
  "what no runtime reads: quantisation hints, training, metadata": (model, tape) => {
    const graph = graphOf(model);
    const names = children(graph, GRAPH_INITIALIZER).map((tensor) => textOf(tensor, TENSOR_NAME));
    const pair = message("Pair", field(1, "SCALE_TENSOR"), field(2, names[0] ?? ""));
    const annotation = field(14, message("Annotation", field(1, names[0] ?? ""), field(2, pair)));
    if (tape.chance(0.5)) graph.fields.push(annotation);
    if (tape.chance(0.5)) model.fields.push(field(20, message("Training", field(2, copyOf(graph)))));
    if (tape.chance(0.5)) model.fields.push(field(14, message("Pair", field(1, "key"), field(2, "value"))));
    return true;
  },
  "two graphs": (model, tape) => {
    const twin = copyOf(graphOf(model));
    const gone = tape.pick([GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_OUTPUT]);
    const kept = twin.fields.filter(({ number }) => number !== gone);
    const fresh = field(MODEL_GRAPH, { type: "Graph", fields: kept });
    model.fields.splice(tape.pick([0, model.fields.length]), 0, fresh);
    return true;
  },
};

function valueOf(name: string, dims: readonly (number | string)[], elementType: number): Message {
  const shape = message(
    "Shape",
    ...dims.map((dim) => field(1, message("Dim", typeof dim === "number" ? field(1, dim) : field(2, dim)))),
  );
  const type = message("Type", field(1, message("TensorType", field(1, elementType), field(2, shape))));
  return message("ValueInfo", field(VALUE_NAME, name), field(2, type));
}

function dimsOf(values: readonly Message[]): readonly Message[] {
  return values
    .flatMap((value) => children(value, 2))
    .flatMap((type) => children(type, 1))
    .flatMap((type) => children(type, 2))
    .flatMap((shape) => children(shape, 1));
}

/** Like the input's, with one dimension changed. */
function someShape(graph: Message, tape: Tape): readonly (number | string)[] {
  const dims = dimsOf(children(graph, GRAPH_INPUT)).map((dim): number | string => {
    const [first] = dim.fields;
    return typeof first?.value === "bigint" ? Number(first.value) : "N";
  });
  if (dims.length === 0) return [1];
  const at = tape.below(dims.length);
  return tape.pick([
    dims,
    dims.with(0, 1),
    dims.with(0, 1),
    dims.with(0, 2),
    dims.with(at, 1),
    dims.with(at, "N"),
    dims.with(at, 0),
    dims.slice(1),
    [...dims, 1],
  ]);
}
