/** What a neuron does with its sum. Names that Paragon does not know mean linear there, and so here. */
export type Activation = "linear" | "relu" | "sigmoid" | "leaky_relu" | "elu" | "tanh" | "softmax";

/** A feed-forward network of Paragon's JSON format in float32, with every sum in its listed order. */
export interface ParagonNetwork {
  /** The input first. */
  readonly layers: readonly ParagonLayer[];
  /** Activation names that Paragon does not know, as they are written. */
  readonly unknownActivations: readonly string[];
}

/** The neurons of one layer, row by row; value = activation(bias + sum of source * weight, in the listed order). */
export interface ParagonLayer {
  readonly width: number;
  readonly height: number;
  /** One a neuron; empty for the input layer, as are the ones below. */
  readonly biases: Float32Array;
  readonly activations: readonly Activation[];
  readonly connections: readonly Connections[];
}

/** What one neuron sums up, in order. */
export interface Connections {
  /** Index of the source's layer. */
  readonly layers: Uint16Array;
  /** Index of the source within its layer: y * width + x. */
  readonly neurons: Uint32Array;
  readonly weights: Float32Array;
}

export function neuronCount({ width, height }: Pick<ParagonLayer, "width" | "height">): number {
  return width * height;
}

/** True where every neuron of the layer sums up the same sources in the same order. */
export function sharesSources({ connections }: ParagonLayer): boolean {
  const [first] = connections;
  return (
    first !== undefined &&
    connections.every(
      ({ layers, neurons }) =>
        neurons.length === first.neurons.length &&
        neurons.every((neuron, at) => neuron === first.neurons[at] && layers[at] === first.layers[at]),
    )
  );
}
