import type { ModelJson, NeuronJson } from "./evaluator.ts";

/** Numbers that look drawn, the same in every run: a 32-bit linear congruence. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export interface LayerPlan {
  readonly w: number;
  readonly h: number;
  /** By the neuron's index. */
  activation(neuron: number): string;
  /** Sources of the neuron at (x, y): pairs of layer, x, y in order. */
  sources(x: number, y: number): readonly (readonly [layer: number, x: number, y: number])[];
}

/** A model of 28x28 inputs with random weights of a size that keeps values moderate. */
export function modelOf(seed: number, plans: readonly LayerPlan[]): ModelJson {
  const random = sequence(seed);
  const computed = plans.map(({ w, h, activation, sources }) => ({
    w,
    h,
    n: Array.from({ length: h }, (_, y) =>
      Array.from({ length: w }, (__, x): NeuronJson => {
        const from = sources(x, y);
        const reach = 2 / Math.sqrt(Math.max(1, from.length));
        return {
          b: random() / 10,
          a: activation(y * w + x),
          in: from.map(([layer, sx, sy]) => ({ layer, x: sx, y: sy, w: random() * reach })),
        };
      }),
    ),
  }));
  return { type: "float32", layers: [{ w: 28, h: 28, n: [] }, ...computed] };
}

export function grid(layer: number, width: number, height: number): (readonly [number, number, number])[] {
  return Array.from({ length: width * height }, (_, at) => [layer, at % width, Math.floor(at / width)] as const);
}

export function fullyConnected(
  layer: number,
  source: { readonly w: number; readonly h: number },
  size: number,
  activation: string,
): LayerPlan {
  const sources = grid(layer, source.w, source.h);
  return { w: size, h: 1, activation: () => activation, sources: () => sources };
}

/** Windows of 5x5 that move by 2 and are cut at the borders, so that lists differ in length. */
export function locallyConnected(size: number, activation: string): LayerPlan {
  return {
    w: size,
    h: size,
    activation: () => activation,
    sources: (x, y) =>
      grid(0, 5, 5)
        .map(([layer, dx, dy]) => [layer, 2 * x + dx - 2, 2 * y + dy - 2] as const)
        .filter(([, sx, sy]) => sx >= 0 && sy >= 0 && sx < 28 && sy < 28),
  };
}

const INPUT = { w: 28, h: 28 };

export const dense = (activation: string, output = "softmax", hidden = 32): ModelJson =>
  modelOf(7, [fullyConnected(0, INPUT, hidden, activation), fullyConnected(1, { w: hidden, h: 1 }, 10, output)]);
