/**
 * A classifier as exactify sees it: the graph without its batch, reduced to the few kinds of layers that have an exact
 * form. Passes return a new network; layers are immutable.
 */
export interface Network {
  readonly input: Tensor;
  /** Each after those that it reads. */
  readonly layers: readonly Layer[];
  /** The name of the logits. */
  readonly output: string;
}

/** A value for one image: row-major, without the batch. Feature maps are [channels, height, width]. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export type Layer = ConvLayer | DenseLayer | AffineLayer | ClipLayer | PadLayer | MaxPoolLayer | MoveLayer | JoinLayer;
export type LinearLayer = ConvLayer | DenseLayer;

/** Every layer produces the value of the same name. */
interface LayerHead extends Tensor {
  readonly inputs: readonly string[];
}

/** Values are clipped to this interval; infinite ends clip nothing. */
export interface Interval {
  readonly lowest: number;
  readonly highest: number;
}

export const EVERYTHING: Interval = Object.freeze({ lowest: -Infinity, highest: Infinity });

interface LinearHead extends LayerHead {
  readonly bias: Float64Array;
  readonly clip: Interval;
}

export interface ConvLayer extends LinearHead {
  readonly kind: "conv";
  /** [output channels, input channels / groups, kernel height, kernel width] */
  readonly weights: Float64Array;
  readonly groups: number;
  readonly inputChannels: number;
  readonly window: Window;
  /** What surrounds the image, one number per input channel. */
  readonly padding: Float64Array;
}

export interface DenseLayer extends LinearHead {
  readonly kind: "dense";
  /** [outputs, inputs] */
  readonly weights: Float64Array;
}

/** Multiplies each element by its scale and adds its shift; there are as many of both as elements. */
export interface AffineLayer extends LayerHead {
  readonly kind: "affine";
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

export interface ClipLayer extends LayerHead {
  readonly kind: "clip";
  readonly clip: Interval;
}

export interface PadLayer extends LayerHead {
  readonly kind: "pad";
  readonly pads: Pads;
  readonly value: number;
}

export interface MaxPoolLayer extends LayerHead {
  readonly kind: "maxPool";
  readonly window: Window;
}

/** Only changes the positions of elements: a new shape, or another order of the axes (counted without the batch). */
export interface MoveLayer extends LayerHead {
  readonly kind: "move";
  readonly order: readonly number[] | null;
}

/** Values that must share one grid: added, or concatenated along the first axis. */
export interface JoinLayer extends LayerHead {
  readonly kind: "join";
  readonly how: "add" | "concat";
  readonly clip: Interval;
}

export type Pair = readonly [vertical: number, horizontal: number];
/** In ONNX's order. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isLinear(layer: Layer | undefined): layer is LinearLayer {
  return layer?.kind === "conv" || layer?.kind === "dense";
}

export function readersOf({ layers }: Network, name: string): readonly Layer[] {
  return layers.filter(({ inputs }) => inputs.includes(name));
}

export function makerOf({ layers }: Network, name: string): Layer | undefined {
  return layers.find((layer) => layer.name === name);
}

/** True if one layer alone reads a value, and it is not the network's output. */
export function hasOneReader(network: Network, name: string): boolean {
  return name !== network.output && readersOf(network, name).length === 1;
}

export function shapeOf(network: Network, name: string): readonly number[] {
  const tensor = name === network.input.name ? network.input : makerOf(network, name);
  if (tensor === undefined) throw new Error(`the network has no value ${JSON.stringify(name)}`);
  return tensor.shape;
}
