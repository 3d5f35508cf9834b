import { intAttribute, softmaxDefaults } from "./node-attributes.ts";
import { onlyOutput } from "./classes.ts";
import type { Graph, GraphNode, OnnxModel, ValueInfo } from "./graph.ts";
import { namesRead, producersOf, type Producers } from "./lookup.ts";
import { quoted } from "./rejected.ts";

interface FinalSoftmax {
  readonly softmax: GraphNode;
  /** The input of the Softmax. */
  readonly logits: string;
  /** The node that reads the Softmax's output on the way to the graph's; null if that is the graph's output. */
  readonly reader: GraphNode | null;
}

/**
 * Removes a Softmax (or LogSoftmax) over the classes that ends the graph, also if it is followed by nodes that only move
 * values, so that the output is the logits. The host computes the softmax, the same on every side.
 * @returns the model itself if there is none, or if it runs along another axis
 */
export function cutFinalSoftmax(model: OnnxModel): { readonly model: OnnxModel; readonly adaptation: string | null } {
  const { graph } = model;
  const producers = producersOf(graph);
  const found = findFinalSoftmax(graph, producers);
  if (!found || !producers.has(found.logits) || !isOverClasses(model, found)) return { model, adaptation: null };
  return {
    model: { ...model, graph: withoutSoftmax(graph, found) },
    adaptation:
      `The ${found.softmax.op} at the end was cut off: the logits are its input ${quoted(found.logits)}, ` +
      "and probabilities are computed on the host.",
  };
}

function findFinalSoftmax(graph: Graph, producers: Producers): FinalSoftmax | null {
  let name = onlyOutput(graph).name;
  let reader: GraphNode | null = null;
  for (let steps = 0; steps < graph.nodes.length; steps += 1) {
    const node = producers.get(name);
    const input = node?.inputs[0];
    if (!node || !input || node.domain !== "") return null;
    if (node.op === "Softmax" || node.op === "LogSoftmax") return { softmax: node, logits: input, reader };
    if (!onlyMovesValues(node)) return null;
    reader = node;
    name = input;
  }
  return null;
}

/** Includes Cast: after a Softmax it converts between float types, and only float32 leaves the graph. */
function onlyMovesValues(node: GraphNode): boolean {
  if (node.op === "Dropout") return !node.inputs[2] && node.attributes.get("is_test") === undefined;
  return ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast"].includes(node.op);
}

function isOverClasses(model: OnnxModel, { softmax, reader }: FinalSoftmax): boolean {
  const { outputs, valueInfo } = model.graph;
  const [name] = softmax.outputs;
  const known: readonly ValueInfo[] = reader === null ? outputs : valueInfo;
  const shape = known.find((value) => value.name === name)?.shape ?? null;
  const { oneAxis, axis: usual } = softmaxDefaults(model.opsets.get("") ?? 1);
  const axis = intAttribute(softmax, "axis", usual);
  if (axis === null) return false;
  const classAxis = shape && classAxisOf(shape);
  // If the shape is unknown, these are the classes of [N, K], the usual shape of a row of logits.
  if (!shape || classAxis === null) return axis === 1 || axis === -1;
  const from = axis < 0 ? axis + shape.length : axis;
  if (oneAxis) return from === classAxis;
  return from <= classAxis && (from >= 1 || shape.length === 1 || shape[0] === 1);
}

/** The only axis after the batch that is longer than 1; for a row without a batch, its only axis. */
function classAxisOf(shape: readonly number[]): number | null {
  if (shape.length < 2) return shape.length === 1 ? 0 : null;
  const wide = shape.flatMap((size, axis) => (axis > 0 && size !== 1 ? [axis] : []));
  return wide.length === 1 ? (wide[0] ?? null) : null;
}

/** A Softmax keeps its input's shape. If the file states another one for the logits, neither is sure, so none is stated. */
function logitsOutput(output: ValueInfo, { valueInfo }: Graph, logits: string): ValueInfo {
  const stated = valueInfo.find(({ name }) => name === logits)?.shape ?? null;
  const agree = stated === null || output.shape === null || couldBeEqual(stated, output.shape);
  return { ...output, name: logits, ...(!agree && { shape: null, dimNames: [] }) };
}

function couldBeEqual(left: readonly number[], right: readonly number[]): boolean {
  const known = left.flatMap((size, axis) => (size < 0 || right[axis]! < 0 ? [] : [size === right[axis]]));
  return left.length === right.length && !known.includes(false);
}

function withoutSoftmax(graph: Graph, { softmax, logits, reader }: FinalSoftmax): Graph {
  const rewired: Graph = reader
    ? {
        ...graph,
        nodes: graph.nodes.map((node) =>
          node === reader ? { ...node, inputs: [logits, ...node.inputs.slice(1)] } : node,
        ),
      }
    : {
        ...graph,
        outputs: graph.outputs.map((output) => logitsOutput(output, graph, logits)),
        valueInfo: graph.valueInfo.filter(({ name }) => name !== logits),
      };
  const read = namesRead(rewired);
  if (softmax.outputs.some((name) => read.has(name))) return rewired;
  return { ...rewired, nodes: rewired.nodes.filter((node) => node !== softmax) };
}
