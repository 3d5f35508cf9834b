import type { Tape } from "../generate/tape.ts";
import { graphOf } from "./name-mutations.ts";
import { GRAPH_INITIALIZER, GRAPH_NODE, GRAPH_SPARSE, NODE_ATTRIBUTE, TENSOR_NAME } from "./schema.ts";
import { children, copyOf, field, joined, message, put, textOf, utf8, varintBytes, type Message } from "./wire.ts";
import type { Mutation } from "./wire-mutations.ts";

const DIMS = 1;
const TYPE = 2;
const FLOATS = 4;
const INT32S = 5;
const INT64S = 7;
const RAW = 9;
const DOUBLES = 10;

/** Changes of weights and constants: where their elements lie, of which type and shape. */
export const TENSOR_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "raw data and typed data": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      const bytes = Uint8Array.from(rawOf(tensor), (byte, at) => (at % 4 === 3 ? byte ^ 0x40 : byte));
      const number = tape.pick([FLOATS, INT32S, INT64S, DOUBLES]);
      const list = number === FLOATS || number === DOUBLES ? bytes : varintBytes(3n);
      tensor.fields.splice(tape.below(tensor.fields.length + 1), 0, field(number, list));
    }),
  "typed data instead of raw data": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      const raw = rawOf(tensor);
      const isFloat = elementType(tensor) === 1n;
      const longs = new BigInt64Array(raw.slice(0, raw.length - (raw.length % 8)).buffer);
      const list = isFloat ? field(FLOATS, raw) : field(INT64S, joined(Array.from(longs, (each) => varintBytes(each))));
      remove(tensor, RAW);
      tensor.fields.push(list);
      if (tape.chance(0.3)) tensor.fields.push(field(RAW, new Uint8Array()));
    }),
  "elements in another file": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      const location = tape.pick(["weights.bin", "../../etc/hostname", "/etc/hostname", "", "*/_ORT_MEM_ADDR_/*"]);
      tensor.fields.push(
        field(13, message("Pair", field(1, "location"), field(2, location))),
        ...tape.pick([[], [field(13, message("Pair", field(1, "offset"), field(2, "0")))]]),
        ...tape.pick([[field(14, 1)], [field(14, 1)], [field(14, 0)], []]),
      );
    }),
  "another element type": (model, tape) =>
    onTensor(model, tape, (tensor) => put(tensor, field(TYPE, tape.pick([0, 1, 6, 7, 10, 11, 12, 13, 16, 99])))),
  "another shape": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      const dims = tensor.fields.filter(({ number }) => number === DIMS);
      remove(tensor, DIMS);
      const fresh = tape.pick([
        [field(DIMS, -1)],
        [field(DIMS, 0), ...dims],
        [field(DIMS, 1), ...dims],
        dims.toReversed(),
        [...dims, field(DIMS, 1)],
        dims.slice(1),
        [],
        [field(DIMS, 2n ** 62n), field(DIMS, 4)],
        [...dims, field(DIMS, 2n ** 63n)],
      ]);
      tensor.fields.unshift(...fresh);
    }),
  "elements in segments": (model, tape) =>
    onTensor(model, tape, (tensor) =>
      tensor.fields.push(field(3, message("Segment", field(1, tape.below(3)), field(2, 2)))),
    ),
  "a subnormal, -0, NaN or infinity among the elements": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      const raw = rawOf(tensor).slice();
      if (raw.length < 4) return;
      const bits = tape.pick([0x1, 0x80000000, 0x7fc00000, 0x7f800000, 0x007fffff, 0x33000000]);
      new DataView(raw.buffer).setUint32(4 * tape.below(raw.length / 4), bits, true);
      put(tensor, field(RAW, raw));
    }),
  "a sparse weight of a weight's name": (model, tape) => {
    const graph = graphOf(model);
    const tensors = children(graph, GRAPH_INITIALIZER);
    if (tensors.length === 0) return false;
    const name = textOf(tape.pick(tensors), TENSOR_NAME);
    const values = message(
      "Tensor",
      field(DIMS, 1),
      field(TYPE, 1),
      field(TENSOR_NAME, name),
      field(RAW, new Uint8Array(4)),
    );
    const indices = message("Tensor", field(DIMS, 1), field(TYPE, 7), field(RAW, new Uint8Array(8)));
    graph.fields.push(field(GRAPH_SPARSE, message("Sparse", field(1, values), field(2, indices), field(3, 4))));
    return true;
  },
  "a weight's name left out, and another weight of none": (model, tape) =>
    onTensor(model, tape, (tensor) => {
      remove(tensor, TENSOR_NAME);
      const nameless = copyOf(tensor);
      if (tape.chance(0.5)) graphOf(model).fields.push(field(GRAPH_INITIALIZER, nameless));
    }),
};

function onTensor(model: Message, tape: Tape, change: (tensor: Message) => void): boolean {
  const graph = graphOf(model);
  const constants = children(graph, GRAPH_NODE)
    .flatMap((node) => children(node, NODE_ATTRIBUTE))
    .flatMap((attribute) => children(attribute, 5));
  const all = [...children(graph, GRAPH_INITIALIZER), ...constants];
  if (all.length === 0) return false;
  change(tape.pick(all));
  return true;
}

function rawOf(tensor: Message): Uint8Array {
  const raw = tensor.fields.find(({ number }) => number === RAW)?.value;
  return raw instanceof Uint8Array ? raw : utf8("");
}

function elementType(tensor: Message): bigint {
  const type = tensor.fields.find(({ number }) => number === TYPE)?.value;
  return typeof type === "bigint" ? type : 0n;
}

function remove(tensor: Message, gone: number): void {
  const kept = tensor.fields.filter(({ number }) => number !== gone);
  tensor.fields.splice(0, tensor.fields.length, ...kept);
}
