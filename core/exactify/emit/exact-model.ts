import type { OnnxModel } from "#core/onnx/graph.ts";
import { shapeOf, type ConvLayer, type Layer, type LinearLayer, type Network } from "../network.ts";
import type { ExactNetwork, IntegerWeights } from "../quantise/exact-network.ts";
import { GraphBuilder, int, port, text } from "#core/onnx/graph-builder.ts";
import { addConvolution, addProduct } from "./linear-nodes.ts";
import { fourfold, polyphase, withFreeStrides } from "./polyphase.ts";
import { addUnweighted } from "./unweighted.ts";

const OUTPUT = "logits";

export interface EmitOptions {
  /** Keep convolutions of stride 1: smaller and faster, but Winograd may be chosen for them. */
  readonly allowStrideOne: boolean;
}

/** The exact network as ONNX: integers in float32 throughout, and a final power of two that turns them into logits. */
export function exactModel(exact: ExactNetwork, options: EmitOptions): OnnxModel {
  const { network } = exact;
  const emitter = new Emitter(exact, options);
  for (const layer of network.layers) emitter.add(layer);
  return emitter.finish();
}

class Emitter {
  readonly #graph = new GraphBuilder();
  readonly #exact: ExactNetwork;
  readonly #network: Network;
  readonly #options: EmitOptions;

  constructor(exact: ExactNetwork, options: EmitOptions) {
    this.#exact = exact;
    this.#network = exact.network;
    this.#options = options;
  }

  add(layer: Layer): void {
    const inputs = layer.inputs.map((name) => this.#name(name));
    const output = this.#name(layer.name);
    switch (layer.kind) {
      case "conv":
      case "dense":
        this.#linear(layer, inputs[0]!, output);
        return;
      case "join":
        this.#cut(addUnweighted(this.#graph, layer, inputs, `${output}.joined`), output, layer.name);
        return;
      case "clip":
        this.#cut(inputs[0]!, output, layer.name);
        return;
      case "move":
      case "maxPool":
        addUnweighted(this.#graph, layer, inputs, output);
        return;
      default:
        throw new Error(`the layer kind ${layer.kind} was not folded`);
    }
  }

  finish(): OnnxModel {
    const { network, grids } = this.#exact;
    const { scale } = grids.get(network.output)!;
    this.#graph.node("Mul", this.#output(), [
      this.#name(network.output),
      this.#graph.floats("logits.unit", [], [scale]),
    ]);
    return this.#graph.model(
      "isobit exactify",
      "exact",
      [port(network.input.name, "float32", ["N", ...network.input.shape])],
      [port(this.#output(), "float32", ["N", ...shapeOf(network, network.output)])],
    );
  }

  #output(): string {
    return this.#network.input.name === OUTPUT ? "scores" : OUTPUT;
  }

  #name(name: string): string {
    return name === this.#output() ? `${name}.units` : name;
  }

  #linear(layer: LinearLayer, input: string, output: string): void {
    const integers = this.#exact.linear.get(layer.name)!;
    if (layer.kind === "conv") {
      this.#convolution(layer, integers, input, output);
      return;
    }
    const { shifts } = integers;
    addProduct(this.#graph, input, shifts === null ? output : `${output}.sum`, integers, output);
    if (shifts !== null) this.#requantise(layer, `${output}.sum`, output, shifts);
  }

  #convolution(layer: ConvLayer, integers: IntegerWeights, input: string, output: string): void {
    const size = shapeOf(this.#network, layer.inputs[0]!).slice(1) as [number, number];
    const outputs = layer.shape.slice(1) as [number, number];
    const window = withFreeStrides(layer.window, outputs);
    const plain = { ...layer, weights: integers.weights, bias: integers.bias, window };
    const phases = !this.#options.allowStrideOne && window.strides.includes(1) ? polyphase(plain, size) : null;
    const shifts = integers.shifts && (phases ? fourfold(integers.shifts) : integers.shifts);
    const whole = phases ? `${output}.phases` : output;
    const sum = shifts === null ? whole : `${output}.sum`;
    addConvolution(this.#graph, this.#centred(integers, input, output), sum, phases?.convolution ?? plain, output);
    if (shifts !== null) this.#requantise(layer, sum, whole, shifts);
    if (phases !== null) this.#interleaved(whole, output, phases.oversized ? outputs : null);
  }

  /** Padding other than 0 is subtracted before zeros are put around; the bias already contains it. */
  #centred({ offsets }: IntegerWeights, input: string, owner: string): string {
    if (offsets === null) return input;
    return this.#graph.node("Sub", `${owner}.centred`, [
      input,
      this.#graph.floats(`${owner}.padding`, [1, offsets.length, 1, 1], offsets),
    ]);
  }

  #requantise(layer: LinearLayer, sum: string, output: string, shifts: Float64Array): void {
    const dims = [1, shifts.length, ...layer.shape.slice(1).map(() => 1)];
    const powers = this.#graph.floats(
      `${output}.unit`,
      dims,
      shifts.map((shift) => 2 ** -shift),
    );
    const scaled = this.#graph.node("Mul", `${output}.scaled`, [sum, powers]);
    this.#cut(this.#graph.node("Floor", `${output}.whole`, [scaled]), output, layer.name);
  }

  #interleaved(phases: string, output: string, crop: readonly [number, number] | null): void {
    const pixels = this.#graph.node("DepthToSpace", crop === null ? output : `${output}.even`, [phases], {
      blocksize: int(2),
      mode: text("CRD"),
    });
    if (crop === null) return;
    const lists = Object.entries({ starts: [0, 0], ends: crop, axes: [2, 3] }).map(([name, list]) =>
      this.#graph.integers(`${output}.${name}`, [list.length], list),
    );
    this.#graph.node("Slice", output, [pixels, ...lists]);
  }

  /** @param value whose grid gives the bounds */
  #cut(input: string, output: string, value: string): void {
    const { lowest, highest } = this.#exact.grids.get(value)!;
    const bounds = [
      this.#graph.floats(`${output}.lowest`, [], [lowest]),
      this.#graph.floats(`${output}.highest`, [], [highest]),
    ];
    this.#graph.node("Clip", output, [input, ...bounds]);
  }
}
