import { GraphBuilder, int, ints, port } from "../onnx/graph-builder.ts";
import { type Connections, neuronCount, type ParagonLayer, sharesSources } from "./network.ts";

/**
 * listed: one multiplication and one addition after another, as in the format, so the bits are fixed.
 * matmul: one Gemm per layer, whose order each runtime chooses; much faster, and WEBGPU can run it.
 */
export type SumForm = "listed" | "matmul";

/** The sources of one layer's sums. */
interface Sums {
  readonly builder: GraphBuilder;
  readonly name: string;
  readonly layer: ParagonLayer;
  /** Name of the values of all source layers, one after another: [N, count]. */
  readonly sources: string;
  readonly count: number;
  /** Where each source layer begins among them. */
  readonly offsets: ReadonlyMap<number, number>;
}

/**
 * @param values names of the values of all layers so far, [N, neurons] each
 * @returns name of the layer's bias plus products, [N, neurons]
 */
export function emitSums(
  builder: GraphBuilder,
  name: string,
  layer: ParagonLayer,
  all: { readonly values: readonly string[]; readonly layers: readonly ParagonLayer[]; readonly form: SumForm },
): string {
  const used = usedLayers(layer);
  const values = used.map((index) => all.values[index]!);
  const sources = joined(builder, `${name}.sources`, values);
  const offsets = new Map<number, number>();
  let count = 0;
  for (const index of used) {
    offsets.set(index, count);
    count += neuronCount(all.layers[index]!);
  }
  const sums: Sums = { builder, name, layer, sources, count, offsets };
  if (all.form === "matmul") return emitGemm(sums);
  const shared = sharesSources(layer) && layer.connections[0]!.neurons.length > 0;
  return shared ? emitSharedScan(sums) : emitOwnScan(sums);
}

/** Layers whose values the layer takes, in order; the input for one that takes none. */
function usedLayers({ connections }: ParagonLayer): readonly number[] {
  const used = new Set(connections.flatMap(({ layers }) => [...new Set(layers)]));
  return used.size === 0 ? [0] : [...used].toSorted((a, b) => a - b);
}

function joined(builder: GraphBuilder, name: string, values: readonly string[]): string {
  return values.length === 1 ? values[0]! : builder.node("Concat", name, values, { axis: int(1) });
}

function sourcesOf({ layers, neurons }: Connections, { offsets }: Sums): number[] {
  return Array.from(neurons, (neuron, at) => offsets.get(layers[at]!)! + neuron);
}

/** Weights as a matrix [sources, neurons]; if a source is listed twice for one neuron, its weights are added. */
function emitGemm(sums: Sums): string {
  const { builder, name, layer, sources, count } = sums;
  const width = neuronCount(layer);
  const matrix = new Float32Array(count * width);
  layer.connections.forEach((each, neuron) => {
    sourcesOf(each, sums).forEach((source, at) => {
      matrix[source * width + neuron]! += each.weights[at]!;
    });
  });
  return builder.node("Gemm", `${name}.sum`, [
    sources,
    builder.floats(`${name}.weights`, [count, width], matrix),
    builder.floats(`${name}.bias`, [width], layer.biases),
  ]);
}

/** Every neuron sums the same sources: step k adds source[k] * weights[k] to all sums at once. */
function emitSharedScan(sums: Sums): string {
  const { builder, name, layer, sources, count } = sums;
  const width = neuronCount(layer);
  const order = sourcesOf(layer.connections[0]!, sums);
  const columns = builder.node("Transpose", `${name}.columns`, [sources], { perm: ints([1, 0]) });
  const inOrder = order.length === count && order.every((source, at) => source === at);
  const steps = inOrder
    ? columns
    : builder.node("Gather", `${name}.steps`, [columns, builder.integers(`${name}.order`, [order.length], order)]);
  const weights = new Float32Array(order.length * width);
  layer.connections.forEach(({ weights: own }, neuron) =>
    own.forEach((weight, k) => (weights[k * width + neuron] = weight)),
  );
  const body = new GraphBuilder();
  body.node("Unsqueeze", "column", ["x", body.integers("axis", [1], [1])]);
  addProduct(body, "column");
  return emitScan(sums, body, [
    { outer: steps, inner: port("x", "float32", ["N"]) },
    {
      outer: builder.floats(`${name}.weights`, [order.length, width], weights),
      inner: port("w", "float32", [width]),
    },
  ]);
}

/**
 * Every neuron has its own sources. Shorter lists end in steps that change nothing: the product of an added +0 and a
 * weight of -0 is -0, and a sum plus -0 is that sum in every bit.
 */
function emitOwnScan(sums: Sums): string {
  const { builder, name, layer, sources, count } = sums;
  const width = neuronCount(layer);
  const steps = Math.max(1, ...layer.connections.map(({ neurons }) => neurons.length));
  const picked = Array.from({ length: steps * width }, () => count);
  const weights = new Float32Array(steps * width).fill(-0);
  layer.connections.forEach((each, neuron) => {
    sourcesOf(each, sums).forEach((source, k) => {
      picked[k * width + neuron] = source;
      weights[k * width + neuron] = each.weights[k]!;
    });
  });
  const zero = builder.node("Expand", `${name}.zero`, [
    builder.scalar("zero", 0),
    batchBy(builder, `${name}.zero`, sources, 1),
  ]);
  // The body reads it from the outer graph, so that no step copies it.
  const withZero = joined(builder, `${name}.withZero`, [sources, zero]);
  const body = new GraphBuilder();
  body.node("Gather", "picked", [withZero, "s"], { axis: int(1) });
  addProduct(body, "picked");
  return emitScan(sums, body, [
    { outer: builder.integers(`${name}.picked`, [steps, width], picked), inner: port("s", "int64", [width]) },
    { outer: builder.floats(`${name}.weights`, [steps, width], weights), inner: port("w", "float32", [width]) },
  ]);
}

/** Two nodes, so that no runtime may round them as one. */
function addProduct(body: GraphBuilder, x: string): void {
  body.node("Mul", "product", [x, "w"]);
  body.node("Add", "next", ["sum", "product"]);
}

function emitScan(
  { builder, name, layer, sources }: Sums,
  body: GraphBuilder,
  steps: readonly { readonly outer: string; readonly inner: ReturnType<typeof port> }[],
): string {
  const width = neuronCount(layer);
  const bias = builder.node("Expand", `${name}.start`, [
    builder.floats(`${name}.bias`, [width], layer.biases),
    batchBy(builder, `${name}.start`, sources, width),
  ]);
  const graph = body.graph(
    `${name}.step`,
    [port("sum", "float32", ["N", width]), ...steps.map(({ inner }) => inner)],
    [port("next", "float32", ["N", width])],
  );
  return builder.node("Scan", `${name}.sum`, [bias, ...steps.map(({ outer }) => outer)], {
    num_scan_inputs: int(steps.length),
    body: { kind: "graph", value: graph },
  });
}

/** The shape [N, width] with the batch of `like`. */
function batchBy(builder: GraphBuilder, name: string, like: string, width: number): string {
  const shape = builder.node("Shape", `${name}.like`, [like]);
  const batch = builder.node("Gather", `${name}.batch`, [shape, builder.integers("first", [1], [0])]);
  const columns = builder.integers(`columns.${width}`, [1], [width]);
  return builder.node("Concat", `${name}.shape`, [batch, columns], { axis: int(0) });
}
