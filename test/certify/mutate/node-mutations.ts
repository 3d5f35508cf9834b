import { graphOf } from "./name-mutations.ts";
import {
  GRAPH_INPUT,
  GRAPH_NODE,
  NODE_ATTRIBUTE,
  NODE_DOMAIN,
  NODE_INPUT,
  NODE_OP,
  NODE_OUTPUT,
  VALUE_NAME,
} from "./schema.ts";
import { children, copyOf, field, message, put, textOf, type Field } from "./wire.ts";
import type { Mutation } from "./wire-mutations.ts";

/** Changes of what a node is and of how much it takes and makes. */
export const NODE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "another domain, overload or operator of a node": (model, tape) => {
    const node = tape.pick(children(graphOf(model), GRAPH_NODE));
    put(
      node,
      tape.pick([
        field(NODE_DOMAIN, "ai.onnx"),
        field(NODE_DOMAIN, "com.microsoft"),
        field(NODE_DOMAIN, "ai.onnx.ml"),
        field(NODE_DOMAIN, "ai.onnx "),
        field(8, "fast"),
        field(NODE_OP, tape.pick(["Relu", "Identity", "Neg", "Abs", "Floor", "Add", "Mul", "relu", ""])),
      ]),
    );
    return true;
  },
  "more or fewer inputs or outputs of a node": (model, tape) => {
    const node = tape.pick(children(graphOf(model), GRAPH_NODE));
    const number = tape.pick([NODE_INPUT, NODE_OUTPUT]);
    const at = node.fields.findLastIndex((each) => each.number === number);
    if (at >= 0 && tape.chance(0.4)) node.fields.splice(at, 1);
    else node.fields.push(field(number, tape.pick(["", "", "more"])));
    return true;
  },
  "an attribute twice, or of another kind": (model, tape) => {
    const nodes = children(graphOf(model), GRAPH_NODE).filter((node) => children(node, NODE_ATTRIBUTE).length > 0);
    if (nodes.length === 0) return false;
    const node = tape.pick(nodes);
    const attribute = tape.pick(children(node, NODE_ATTRIBUTE));
    if (tape.chance(0.4)) {
      const twin = copyOf(attribute);
      const list = twin.fields.findIndex(({ number }) => number > 1 && number < 20);
      if (list >= 0 && tape.chance(0.5)) twin.fields.splice(list, 1);
      node.fields.splice(tape.below(node.fields.length + 1), 0, field(NODE_ATTRIBUTE, twin));
      return true;
    }
    const more = [field(3, 1), field(4, "SAME_UPPER"), field(8, 1), field(20, tape.between(0, 15)), field(21, "outer")];
    const extra: Field = tape.pick([...more, { number: 2, wire: 5, value: Uint8Array.of(0, 0, 0, 64) }]);
    if (extra.number === 20) put(attribute, extra);
    else attribute.fields.push(extra);
    return true;
  },
  "an attribute that the node did not have": (model, tape) => {
    const node = tape.pick(children(graphOf(model), GRAPH_NODE));
    const [name, value] = tape.pick<readonly [string, Field]>([
      ["axis", field(3, tape.between(-2, 3))],
      ["keepdims", field(3, 1)],
      ["auto_pad", field(4, "SAME_LOWER")],
      ["consumed_inputs", field(8, 0)],
      ["broadcast", field(3, 1)],
      ["transA", field(3, 1)],
      ["ceil_mode", field(3, 1)],
      ["is_test", field(3, 1)],
      ["to", field(3, 6)],
      ["", field(3, 1)],
      ["activation", field(4, "Relu")],
    ]);
    const type = value.number === 3 ? 2 : value.number === 4 ? 3 : 7;
    node.fields.push(field(NODE_ATTRIBUTE, message("Attribute", field(1, name), field(20, type), value)));
    return true;
  },
  "a node that nothing needs": (model, tape) => {
    const graph = graphOf(model);
    const [input] = children(graph, GRAPH_INPUT);
    const from = input === undefined ? "" : textOf(input, VALUE_NAME);
    const op = tape.pick(["Relu", "Sigmoid", "Neg", "NoSuchOperator"]);
    const made = tape.pick(["unneeded", "", from]);
    const node = message("Node", field(NODE_INPUT, from), field(NODE_OUTPUT, made), field(NODE_OP, op));
    graph.fields.splice(tape.below(graph.fields.length + 1), 0, field(GRAPH_NODE, node));
    return true;
  },
};
