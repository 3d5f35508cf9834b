import { rejectModel } from "../onnx/rejected.ts";
import { type Activation, type Connections, neuronCount, type ParagonLayer, type ParagonNetwork } from "./network.ts";

/** As in the file: x and y of each source, which give its index only once its layer's width is known. */
interface WrittenConnections {
  readonly layers: Uint16Array;
  readonly xs: Uint32Array;
  readonly ys: Uint32Array;
  readonly weights: Float32Array;
}

type WrittenLayer = Omit<ParagonLayer, "connections"> & { readonly connections: readonly WrittenConnections[] };

const ACTIVATIONS: ReadonlySet<string> = new Set<Activation>([
  "linear",
  "relu",
  "sigmoid",
  "leaky_relu",
  "elu",
  "tanh",
  "softmax",
]);

/** Keys of a layer that is computed more than once, in the format's own terms. */
export const REPLAY_KEYS = Object.freeze(["re_enabled", "re_offset", "re_phase", "re_max", "re_budget"] as const);

const MAX_LAYERS = 65_536;
const MAX_NEURONS = 4_000_000;

interface Neuron {
  readonly bias: number;
  readonly activation: string;
  readonly connections: WrittenConnections;
}

interface LayerSoFar {
  width?: number;
  height?: number;
  replayed: boolean;
  /** By row and column, as they stand in the file. */
  readonly rows: Neuron[][];
}

/**
 * Takes a Paragon model piece by piece, with its keys in any order, and keeps only numbers: some 10 bytes per connection,
 * where the JSON has 50 to 100.
 * Every method throws ModelRejected, naming the place, for anything that is not in the format or not float32.
 */
export class NetworkBuilder {
  #type: unknown;
  readonly #layers: LayerSoFar[] = [];

  /** The key `type` of the file. */
  type(value: unknown): void {
    this.#type = value;
    if (value !== "float32")
      rejectModel(
        `The model's type is ${shown(value)}; isobit takes float32 only, as the Paragon service does. Convert it first.`,
      );
  }

  /** Any key of a layer except `n`. */
  layerKey(layer: number, key: string, value: unknown): void {
    const target = this.#layer(layer);
    if (key === "w") target.width = size(value, layer, key);
    if (key === "h") target.height = size(value, layer, key);
    if (key === "re_enabled" && value === true) target.replayed = true;
    if (key === "re_max" && typeof value === "number" && value > 0) target.replayed = true;
  }

  /** One neuron: `layers[layer].n[y][x]`. */
  neuron(layer: number, y: number, x: number, json: unknown): void {
    const { rows } = this.#layer(layer);
    (rows[y] ??= [])[x] = readNeuron(json, { layer, y, x });
  }

  /** @throws ModelRejected for missing parts, and for connections to them */
  finish(): ParagonNetwork {
    if (this.#type === undefined) rejectModel('The file has no "type", so it is not a Paragon model.');
    if (this.#layers.length < 2)
      rejectModel("The model has fewer than two layers; it needs an input and one that computes.");
    const unknown = new Set<string>();
    const layers = this.#layers.map((layer, index) => finishLayer(layer, index, unknown));
    return { layers: layers.map((layer, index) => resolved(layer, index, layers)), unknownActivations: [...unknown] };
  }

  #layer(index: number): LayerSoFar {
    if (index >= MAX_LAYERS) rejectModel(`The model has more than ${MAX_LAYERS} layers.`);
    return (this.#layers[index] ??= { replayed: false, rows: [] });
  }
}

function size(value: unknown, layer: number, key: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_NEURONS) return value;
  rejectModel(`layers[${layer}].${key} is ${shown(value)}; it must be a whole number above 0.`);
}

/** A value from the file, for a message. */
function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 80);
}

interface Place {
  readonly layer: number;
  readonly y: number;
  readonly x: number;
}

function nameOf({ layer, y, x }: Place): string {
  return `layers[${layer}].n[${y}][${x}]`;
}

function readNeuron(json: unknown, place: Place): Neuron {
  if (typeof json !== "object" || json === null) rejectModel(`${nameOf(place)} is ${shown(json)}, not a neuron.`);
  const { b: bias = 0, a: activation = "linear", in: inputs } = json as Record<string, unknown>;
  if (typeof activation !== "string") rejectModel(`${nameOf(place)}.a is ${shown(activation)}, not a name.`);
  return {
    bias: float32(bias, () => `${nameOf(place)}.b`),
    activation,
    connections: readConnections(inputs ?? [], place),
  };
}

function readConnections(inputs: unknown, place: Place): WrittenConnections {
  if (!Array.isArray(inputs)) rejectModel(`${nameOf(place)}.in is ${shown(inputs)}, not a list.`);
  const layers = new Uint16Array(inputs.length);
  const xs = new Uint32Array(inputs.length);
  const ys = new Uint32Array(inputs.length);
  const weights = new Float32Array(inputs.length);
  inputs.forEach((input: unknown, at) => {
    const { layer, x, y, w } = (input ?? {}) as Record<string, unknown>;
    const here = (): string => `${nameOf(place)}.in[${at}]`;
    if (!isIndex(layer) || !isIndex(x) || !isIndex(y))
      rejectModel(`${here()} needs "layer", "x" and "y" as whole numbers from 0.`);
    if (layer >= place.layer)
      rejectModel(
        `${here()} takes its value from layer ${layer}, which is not before it. Networks with feedback have no one-pass form in ONNX.`,
      );
    layers[at] = layer;
    xs[at] = x;
    ys[at] = y;
    weights[at] = float32(w, () => `${here()}.w`);
  });
  return { layers, xs, ys, weights };
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_NEURONS;
}

function float32(value: unknown, here: () => string): number {
  const rounded = typeof value === "number" ? Math.fround(value) : Number.NaN;
  if (Number.isFinite(rounded)) return rounded;
  rejectModel(`${here()} is ${shown(value)}; it must be a number that float32 can hold.`);
}

function finishLayer({ width, height, replayed, rows }: LayerSoFar, index: number, unknown: Set<string>): WrittenLayer {
  if (width === undefined || height === undefined) rejectModel(`layers[${index}] lacks "w" or "h".`);
  if (width * height > MAX_NEURONS) rejectModel(`layers[${index}] has more than ${MAX_NEURONS} neurons.`);
  if (replayed)
    rejectModel(
      `layers[${index}] is a replay layer (${REPLAY_KEYS.join(", ")}): it runs more than once, by rules that only Paragon's runtime implements. Export the model without replay.`,
    );
  if (index === 0) return { width, height, biases: new Float32Array(), activations: [], connections: [] };
  const neurons = Array.from({ length: width * height }, (_, at) => {
    const place = { layer: index, y: Math.floor(at / width), x: at % width };
    return rows[place.y]?.[place.x] ?? missing(place);
  });
  if (rows.length > height || rows.some((row) => row.length > width))
    rejectModel(`layers[${index}].n has more neurons than its ${width} x ${height}.`);
  return {
    width,
    height,
    biases: Float32Array.from(neurons, ({ bias }) => bias),
    activations: neurons.map(({ activation }) => knownActivation(activation, unknown)),
    connections: neurons.map(({ connections }) => connections),
  };
}

function missing(place: Place): never {
  rejectModel(`${nameOf(place)} is missing. The file is cut short or damaged.`);
}

function knownActivation(name: string, unknown: Set<string>): Activation {
  if (ACTIVATIONS.has(name)) return name as Activation;
  unknown.add(name);
  return "linear";
}

/** @throws ModelRejected for a source that does not exist */
function resolved(layer: WrittenLayer, index: number, layers: readonly WrittenLayer[]): ParagonLayer {
  const connections = layer.connections.map(({ layers: sources, xs, ys, weights }, neuron): Connections => {
    const neurons = Uint32Array.from(sources, (source, at) => {
      const [x = 0, y = 0] = [xs[at], ys[at]];
      const { width = 0, height = 0 } = layers[source] ?? {};
      if (x < width && y < height) return y * width + x;
      const here = nameOf({ layer: index, y: Math.floor(neuron / layer.width), x: neuron % layer.width });
      rejectModel(`${here}.in[${at}] points at (${x}, ${y}) of layer ${source}, which does not exist.`);
    });
    return { layers: sources, neurons, weights };
  });
  return { ...layer, connections };
}

/** A layer's size, for messages. */
export function describeLayer(layer: ParagonLayer): string {
  const sums = layer.connections.reduce((total, { weights }) => total + weights.length, 0);
  return `${layer.width} x ${layer.height} = ${neuronCount(layer)} neurons, ${sums} weights`;
}
