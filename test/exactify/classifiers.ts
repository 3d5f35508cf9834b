import { describeModel } from "#core/model/describe.ts";
import type { Attribute, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { Levels } from "#core/image/grey.ts";
import type { ModelDescription } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";

export const ints = (...values: readonly number[]): Attribute => ({ kind: "ints", value: values.map(BigInt) });
export const real = (of: number): Attribute => ({ kind: "float", value: of });
export const text = (of: string): Attribute => ({ kind: "string", value: new TextEncoder().encode(of) });

/** Puts a float classifier together, layer after layer, with weights that are uneven but the same in every run. */
export class Classifier {
  readonly #nodes: GraphNode[] = [];
  readonly #weights: Tensor[] = [];
  readonly #input: readonly number[];
  #last = "x";
  #channels: number;

  /** @param input without the batch; channels first */
  constructor(input: readonly number[]) {
    this.#input = input;
    this.#channels = input[0] ?? 1;
  }

  get last(): string {
    return this.#last;
  }

  get channels(): number {
    return this.#channels;
  }

  node(
    op: string,
    attributes: Readonly<Record<string, Attribute>> = {},
    more: readonly string[] = [],
    inputs: readonly string[] = [this.#last],
  ): this {
    const output = `${op.toLowerCase()}${this.#nodes.length}`;
    this.#nodes.push(node(op, [...inputs, ...more], [output], attributes));
    this.#last = output;
    return this;
  }

  weight(dims: readonly number[], fill: (index: number) => number): string {
    const name = `w${this.#weights.length}`;
    this.#weights.push(floats(name, dims, fill));
    return name;
  }

  integers(...numbers: readonly number[]): string {
    const name = `i${this.#weights.length}`;
    this.#weights.push(int64s(name, numbers));
    return name;
  }

  /** @param seed makes one layer's weights differ from another's */
  conv(
    outputs: number,
    kernel: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    { groups = 1, seed = 0, bias = true } = {},
  ): this {
    const taps = (this.#channels / groups) * kernel * kernel;
    const weights = this.weight(
      [outputs, this.#channels / groups, kernel, kernel],
      (index) => uneven(index + seed) / Math.sqrt(taps),
    );
    const biases = bias ? [this.weight([outputs], (index) => uneven(index + seed + 7) / 4)] : [];
    this.#channels = outputs;
    return this.node("Conv", { ...attributes, ...(groups === 1 ? {} : { group: int(groups) }) }, [weights, ...biases]);
  }

  batchNormalisation(seed = 0): this {
    const each = (fill: (index: number) => number): string => this.weight([this.#channels], fill);
    const positive = (index: number): number => 0.75 + uneven(index + seed) / 2;
    return this.node("BatchNormalization", {}, [
      each(positive),
      each((index) => uneven(index + seed + 1) / 3),
      each((index) => uneven(index + seed + 2) / 3),
      each((index) => positive(index + 3)),
    ]);
  }

  /** What follows sees so many channels or features. */
  withChannels(channels: number): this {
    this.#channels = channels;
    return this;
  }

  /** Flatten and Gemm to three classes, called "y". @param features how many there are then */
  classes(features: number, seed = 0): OnnxModel {
    this.node("Flatten");
    const weights = this.weight([3, features], (index) => uneven(index + seed) / Math.sqrt(features));
    this.node("Gemm", { transB: int(1) }, [weights, this.weight([3], uneven)]);
    return this.model();
  }

  model(): OnnxModel {
    const nodes = [...this.#nodes, node("Identity", [this.#last], ["y"])];
    return model({
      nodes,
      inputs: [value("x", ["N", ...this.#input])],
      outputs: [value("y", ["N", 3])],
      weights: this.#weights,
    });
  }
}

export async function described(
  float: OnnxModel,
  preprocess: Preprocess,
): Promise<{ info: ModelDescription; executed: Uint8Array }> {
  return await describeModel({ id: "test", bytes: writeModel(float), preprocess });
}

/** Synthetic images: smooth, noisy, black and white. */
export function images(
  count: number,
  { width, height, channels = 1 }: { width: number; height: number; channels?: 1 | 3 },
): readonly Levels[] {
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    channels,
    values: Uint8Array.from({ length: width * height * channels }, (__, at) => level(index, at)),
  }));
}

function level(image: number, at: number): number {
  if (image < 2) return image * 255;
  const smooth = (Math.sin(at / (2 + (image % 5)) + image) + 1) * 127.5;
  return Math.floor(image % 2 === 0 ? smooth : ((uneven(at + image * 1000) + 1) / 2) * 255.99);
}

export const ZERO_TO_ONE: Preprocess = { scale: 1 / 255, mean: [0], std: [1], invert: false };
