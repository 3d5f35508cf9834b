import { type GraphBuilder as Builder, GraphBuilder, int, ints, port } from "../onnx/graph-builder.ts";
import { type Connections, neuronCount, type ParagonLayer, sharesSources } from "./network.ts";

/**
 * listed: one multiplication and one addition after another, as the format says, so the bits are settled.
 * matmul: one Gemm a layer, whose order each runtime chooses; much faster, and WEBGPU can run it.
 */
export type SumForm = "listed" | "matmul";

/** Names of the values of all layers so far, [N, neurons] each. */
export type Values = readonly string[];

/** @returns name of the layer's bias plus products, [N, neurons] */
export function emitSums(
  builder: Builder,
  name: string,
  layer: ParagonLayer,
  all: { readonly values: Values; readonly layers: readonly ParagonLayer[]; readonly form: SumForm },
): string {
  const used = usedLayers(layer);
  const offsets = offsetsOf(used, all.layers);
  const sources = joined(
    builder,
    `${name}.sources`,
    used.map((index) => all.values[index]!),
  );
  const count = used.reduce((sum, index) => sum + neuronCount(all.layers[index]!), 0);
  if (all.form === "matmul") return emitGemm(builder, name, layer, sources, offsets, count);
  return sharesSources(layer) && layer.connections[0]!.neurons.length > 0
    ? emitSharedScan(builder, name, layer, sources, offsets, count)
    : emitOwnScan(builder, name, layer, sources, offsets, count);
}

/** Layers that the layer takes values from, in order; the input's for one that takes none. */
function usedLayers({ connections }: ParagonLayer): readonly number[] {
  const used = new Set(connections.flatMap(({ layers }) => [...new Set(layers)]));
  return used.size === 0 ? [0] : [...used].toSorted((a, b) => a - b);
}

type Offsets = ReadonlyMap<number, number>;

/** Where each used layer begins when their values stand one after another. */
function offsetsOf(used: readonly number[], layers: readonly ParagonLayer[]): Offsets {
  let at = 0;
  return new Map(
    used.map((index) => {
      const offset = at;
      at += neuronCount(layers[index]!);
      return [index, offset];
    }),
  );
}

function joined(builder: Builder, name: string, values: readonly string[]): string {
  return values.length === 1 ? values[0]! : builder.node("Concat", name, values, { axis: int(1) });
}

function sourcesOf({ layers, neurons }: Connections, offsets: Offsets): number[] {
  return Array.from(neurons, (neuron, at) => offsets.get(layers[at]!)! + neuron);
}

/** Weights as a matrix [sources, neurons]; a source that is listed twice for one neuron has its weights added. */
function emitGemm(
  builder: Builder,
  name: string,
  layer: ParagonLayer,
  sources: string,
  offsets: Offsets,
  count: number,
): string {
  const width = neuronCount(layer);
  const matrix = new Float32Array(count * width);
  layer.connections.forEach((each, neuron) => {
    sourcesOf(each, offsets).forEach((source, at) => {
      matrix[source * width + neuron]! += each.weights[at]!;
    });
  });
  return builder.node("Gemm", `${name}.sum`, [
    sources,
    builder.floats(`${name}.weights`, [count, width], matrix),
    builder.floats(`${name}.bias`, [width], layer.biases),
  ]);
}

/** Every neuron sums up the same sources: step k adds source[k] * weights[k] to all sums at once. */
function emitSharedScan(
  builder: Builder,
  name: string,
  layer: ParagonLayer,
  sources: string,
  offsets: Offsets,
  count: number,
): string {
  const width = neuronCount(layer);
  const order = sourcesOf(layer.connections[0]!, offsets);
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
  return emitScan(builder, name, layer, sources, body, [
    { outer: steps, inner: port("x", "float32", ["N"]) },
    {
      outer: builder.floats(`${name}.weights`, [order.length, width], weights),
      inner: port("w", "float32", [width]),
    },
  ]);
}

/**
 * Every neuron has sources of its own. Shorter lists end in steps that change nothing: the product of an added +0 and
 * a weight of -0 is -0, and a sum plus -0 is that sum in every bit.
 */
function emitOwnScan(
  builder: Builder,
  name: string,
  layer: ParagonLayer,
  sources: string,
  offsets: Offsets,
  count: number,
): string {
  const width = neuronCount(layer);
  const steps = Math.max(1, ...layer.connections.map(({ neurons }) => neurons.length));
  const picked = Array.from({ length: steps * width }, () => count);
  const weights = new Float32Array(steps * width).fill(-0);
  layer.connections.forEach((each, neuron) => {
    sourcesOf(each, offsets).forEach((source, k) => {
      picked[k * width + neuron] = source;
      weights[k * width + neuron] = each.weights[k]!;
    });
  });
  const zero = builder.node("Expand", `${name}.zero`, [
    builder.scalar("zero", 0),
    batchBy(builder, `${name}.zero`, sources, 1),
  ]);
  // The body takes it from around it, so that no step copies it.
  const withZero = joined(builder, `${name}.withZero`, [sources, zero]);
  const body = new GraphBuilder();
  body.node("Gather", "picked", [withZero, "s"], { axis: int(1) });
  addProduct(body, "picked");
  return emitScan(builder, name, layer, sources, body, [
    { outer: builder.integers(`${name}.picked`, [steps, width], picked), inner: port("s", "int64", [width]) },
    { outer: builder.floats(`${name}.weights`, [steps, width], weights), inner: port("w", "float32", [width]) },
  ]);
}

/** Two nodes, so that no runtime may round them as one. */
function addProduct(body: Builder, x: string): void {
  body.node("Mul", "product", [x, "w"]);
  body.node("Add", "next", ["sum", "product"]);
}

function emitScan(
  builder: Builder,
  name: string,
  layer: ParagonLayer,
  sources: string,
  body: Builder,
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

/** The shape [N, width] with the batch that `like` has. */
function batchBy(builder: Builder, name: string, like: string, width: number): string {
  const shape = builder.node("Shape", `${name}.like`, [like]);
  const batch = builder.node("Gather", `${name}.batch`, [shape, builder.integers("first", [1], [0])]);
  return builder.node("Concat", `${name}.shape`, [batch, builder.integers(`columns.${width}`, [1], [width])], {
    axis: int(0),
  });
}
