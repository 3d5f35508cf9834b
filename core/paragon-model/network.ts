/** What a neuron does with its sum. As in Paragon, unknown names mean linear. */
export type Activation = "linear" | "relu" | "sigmoid" | "leaky_relu" | "elu" | "tanh" | "softmax";

/** A feed-forward network of Paragon's JSON format in float32, with every sum in its listed order. */
export interface ParagonNetwork {
  /** The input first. */
  readonly layers: readonly ParagonLayer[];
  /** Activation names that Paragon does not know, as written. */
  readonly unknownActivations: readonly string[];
}

/** The neurons of one layer, row by row; value = activation(bias + sum of source * weight, in the listed order). */
export interface ParagonLayer {
  readonly width: number;
  readonly height: number;
  /** One per neuron; empty for the input layer, like the fields below. */
  readonly biases: Float32Array;
  readonly activations: readonly Activation[];
  readonly connections: readonly Connections[];
}

/** The inputs of one neuron, in order. */
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

/** True if all neurons of the layer sum the same sources in the same order. */
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
