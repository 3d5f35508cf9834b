import {
  GRAPH_INITIALIZER,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  GRAPH_VALUE_INFO,
  MODEL_GRAPH,
  NODE_ATTRIBUTE,
  NODE_INPUT,
  NODE_OP,
  NODE_OUTPUT,
  TENSOR_NAME,
  VALUE_NAME,
} from "./schema.ts";
import { children, copyOf, field, message, put, textOf, utf8, type Field, type Message } from "./wire.ts";
import type { Mutation } from "./wire-mutations.ts";

/** A place in a graph where a value is named. */
interface Mention {
  readonly parent: Message;
  readonly index: number;
  readonly name: string;
  readonly defines: boolean;
}

export function graphOf(model: Message): Message {
  return children(model, MODEL_GRAPH)[0] ?? message("Graph");
}

/** True where there are nodes and named values left to change. */
export function hasNames(model: Message): boolean {
  const graph = graphOf(model);
  return children(graph, GRAPH_NODE).length > 0 && mentionsIn(graph).some(({ defines }) => defines);
}

function mentionsIn(graph: Message): readonly Mention[] {
  const of = (parent: Message, number: number, defines: boolean): readonly Mention[] =>
    parent.fields.flatMap((each, index) =>
      each.number === number && each.value instanceof Uint8Array
        ? [{ parent, index, name: new TextDecoder().decode(each.value), defines }]
        : [],
    );
  return [
    ...children(graph, GRAPH_NODE).flatMap((node) => [...of(node, NODE_INPUT, false), ...of(node, NODE_OUTPUT, true)]),
    ...children(graph, GRAPH_INITIALIZER).flatMap((tensor) => of(tensor, TENSOR_NAME, true)),
    ...children(graph, GRAPH_INPUT).flatMap((input) => of(input, VALUE_NAME, true)),
    ...[GRAPH_OUTPUT, GRAPH_VALUE_INFO].flatMap((number) =>
      children(graph, number).flatMap((value) => of(value, VALUE_NAME, false)),
    ),
  ].filter(({ name }) => name !== "");
}

function rename({ parent, index }: Mention, to: string | Uint8Array): void {
  parent.fields[index] = field(parent.fields[index]!.number, to);
}

/** Changes of names, and of the order in which nodes stand. */
export const NAME_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a value renamed everywhere": (model, tape) => {
    const all = mentionsIn(graphOf(model));
    const old = tape.pick(all).name;
    const fresh = tape.pick(["é", "a b", "x/y:0", "constructor", "__proto__", `${old}\u0000`, "\u{1f600}", "N", "0"]);
    for (const mention of all) if (mention.name === old) rename(mention, fresh);
    return true;
  },
  "a value renamed in one place": (model, tape) => {
    const all = mentionsIn(graphOf(model));
    rename(tape.pick(all), tape.pick([tape.pick(all).name, tape.pick(all).name, "elsewhere", ""]));
    return true;
  },
  "two values of one name": (model, tape) => {
    const all = mentionsIn(graphOf(model));
    const defined = [...new Set(all.filter(({ defines }) => defines).map(({ name }) => name))];
    const [old, other] = [tape.pick(defined), tape.pick(defined)];
    if (old === other) return false;
    for (const mention of all) if (mention.name === old) rename(mention, other);
    return true;
  },
  "names that are not UTF-8": (model, tape) => {
    const all = mentionsIn(graphOf(model));
    const names = [...new Set(all.map(({ name }) => name))];
    const broken = tape.pick([
      [0xff],
      [0xc3],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xc0, 0x80],
      [0xfe],
      [0xef, 0xbf, 0xbd],
      [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    ]);
    const two = tape.chance(0.5);
    for (const [at, old] of [tape.pick(names), tape.pick(names)].entries()) {
      if (at === 1 && !two) break;
      for (const mention of all)
        if (mention.name === old) rename(mention, Uint8Array.of(...utf8("w"), ...broken, ...utf8(at === 0 ? "" : "2")));
    }
    return true;
  },
  "a Constant node of a weight's name": (model, tape) => {
    const graph = graphOf(model);
    const tensors = children(graph, GRAPH_INITIALIZER);
    if (tensors.length === 0) return false;
    const shadow = copyOf(tape.pick(tensors));
    const name = textOf(shadow, TENSOR_NAME);
    const value = message("Attribute", field(1, "value"), field(20, 4), field(5, shadow));
    const node = message("Node", field(NODE_OUTPUT, name), field(NODE_OP, "Constant"), field(NODE_ATTRIBUTE, value));
    graph.fields.splice(tape.below(graph.fields.length), 0, field(GRAPH_NODE, node));
    return true;
  },
  "a weight, node, input or output listed twice": (model, tape) => {
    const graph = graphOf(model);
    const at = tape.below(graph.fields.length);
    const twin = graph.fields[at]!;
    graph.fields.splice(tape.below(graph.fields.length), 0, copyField(twin));
    return true;
  },
  "a weight listed among the inputs": (model, tape) => {
    const graph = graphOf(model);
    const tensors = children(graph, GRAPH_INITIALIZER);
    if (tensors.length === 0) return false;
    const type = message("TensorType", field(1, tape.pick([1, 1, 7])));
    const input = message(
      "ValueInfo",
      field(VALUE_NAME, textOf(tape.pick(tensors), TENSOR_NAME)),
      field(2, message("Type", field(1, type))),
    );
    graph.fields.push(field(GRAPH_INPUT, input));
    return true;
  },
  "nodes in another order": (model, tape) => {
    const graph = graphOf(model);
    const places = graph.fields.flatMap(({ number }, index) => (number === GRAPH_NODE ? [index] : []));
    const nodes = places.map((index) => graph.fields[index]!);
    const shuffled = nodes
      .map((node) => ({ node, key: tape.below(1000) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ node }) => node);
    for (const [at, index] of places.entries()) graph.fields[index] = shuffled[at]!;
    return nodes.length > 1;
  },
  "an input, output or weight of the graph's as its output": (model, tape) => {
    const graph = graphOf(model);
    const [output] = children(graph, GRAPH_OUTPUT);
    if (output === undefined) return false;
    put(output, field(VALUE_NAME, tape.pick(mentionsIn(graph)).name));
    return true;
  },
  "a second output": (model, tape) => {
    const graph = graphOf(model);
    graph.fields.push(field(GRAPH_OUTPUT, message("ValueInfo", field(VALUE_NAME, tape.pick(mentionsIn(graph)).name))));
    return true;
  },
};

function copyField(own: Field): Field {
  return typeof own.value === "object" && "fields" in own.value ? { ...own, value: copyOf(own.value) } : own;
}
