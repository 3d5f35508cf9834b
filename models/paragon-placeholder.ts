import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

const SIDE = 28;
const HIDDEN = 256;
const CLASSES = 10;

/**
 * The JSON text of Paragon's placeholder, in pieces: 28x28 -> 256 relu -> 10 softmax, weights uniform in [-1, 1), biases 0.
 * It is untrained, and its softmax saturates. The same seed gives the same text.
 */
export function* placeholderJson(seed: number): Generator<string> {
  const random = xoroshiro128plus(seed);
  const weight = (): number => 2 * uniformFloat32(random) - 1;
  yield `{"type":"float32","layers":[{"w":${SIDE},"h":${SIDE},"n":[]},`;
  yield* layerJson({ index: 1, neurons: HIDDEN, activation: "relu", source: { width: SIDE, height: SIDE } }, weight);
  yield ",";
  yield* layerJson({ index: 2, neurons: CLASSES, activation: "softmax", source: { width: HIDDEN, height: 1 } }, weight);
  yield "]}\n";
}

interface FullyConnected {
  readonly index: number;
  readonly neurons: number;
  readonly activation: string;
  readonly source: { readonly width: number; readonly height: number };
}

function* layerJson({ index, neurons, activation, source }: FullyConnected, weight: () => number): Generator<string> {
  yield `{"w":${neurons},"h":1,"n":[[`;
  for (let neuron = 0; neuron < neurons; neuron++) {
    const inputs = Array.from({ length: source.width * source.height }, (_, at) => ({
      layer: index - 1,
      x: at % source.width,
      y: Math.floor(at / source.width),
      w: weight(),
    }));
    yield `${neuron === 0 ? "" : ","}${JSON.stringify({ b: 0, a: activation, in: inputs })}`;
  }
  yield "]]}";
}
