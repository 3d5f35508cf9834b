/** Paragon's JSON format as its description says, evaluated neuron by neuron: nothing of isobit's own is used. */

export interface ModelJson {
  readonly type: string;
  readonly layers: readonly {
    readonly w: number;
    readonly h: number;
    readonly n: readonly (readonly NeuronJson[])[];
    readonly [replay: string]: unknown;
  }[];
}

export interface NeuronJson {
  readonly b: number;
  readonly a: string;
  readonly in: readonly { readonly layer: number; readonly x: number; readonly y: number; readonly w: number }[];
}

export interface Evaluated {
  /** The last layer before softmax, float32. */
  readonly logits: Float32Array;
  /** What Paragon calls probabilities, in double precision. */
  readonly probabilities: readonly number[];
}

/** @param pixels float32 in 0..1, row by row */
export function evaluate({ layers }: ModelJson, pixels: Float32Array): Evaluated {
  const values: Float32Array[] = [pixels];
  for (let index = 1; index < layers.length; index++) values.push(evaluateLayer({ layers }, index, values));
  const logits = values.at(-1)!;
  const softmax = layers.at(-1)!.n[0]![0]!.a === "softmax";
  return { logits, probabilities: softmax ? softmaxOf(logits) : [...logits] };
}

/** @param values of the layers before it */
export function evaluateLayer(
  { layers }: Pick<ModelJson, "layers">,
  index: number,
  values: readonly Float32Array[],
): Float32Array {
  const { w, n } = layers[index]!;
  if (w === 0) throw new Error("an empty layer");
  const widths = layers.map((layer) => layer.w);
  return Float32Array.from(n.flat(), (neuron) => {
    let sum = Math.fround(neuron.b);
    for (const { layer, x, y, w: weight } of neuron.in) {
      const product = Math.fround(values[layer]![y * widths[layer]! + x]! * Math.fround(weight));
      sum = Math.fround(sum + product);
    }
    return activate(neuron.a, sum);
  });
}

function activate(name: string, x: number): number {
  const magnitude = Math.abs(x);
  switch (name) {
    case "relu":
      return Math.max(0, x);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "leaky_relu":
      return x < 0 ? Math.fround(Math.fround(0.01) * x) : x;
    case "elu":
      return x < 0 ? Math.exp(Math.max(x, -10)) - 1 : x;
    case "tanh":
      if (magnitude > 1) return Math.sign(x);
      if (magnitude < 0.25) return x;
      return Math.sign(x) * Math.fround(1 - Math.fround(2 / Math.fround(1 + Math.fround(2 * magnitude))));
    default:
      return x;
  }
}

function softmaxOf(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
