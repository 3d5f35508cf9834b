import type { OnnxModel } from "#core/onnx/graph.ts";
import { ints, Sketch } from "./graphs/sketch.ts";
import { Tape } from "./generate/tape.ts";

export const CNN_SHAPE = [-1, 1, 28, 28];

/**
 * A small digit classifier made by hand, free of rounding: integer weights, strided convolutions, and Mul, Floor and Clip
 * to come back to 8 bits. Its weights are random, for only its arithmetic matters here.
 */
export function exactCnn(): OnnxModel {
  const sketch = new Sketch(17);
  const tape = new Tape(11);
  const first = requantised(sketch, conv(sketch, tape, "x", { inputs: 1, outputs: 8, size: 5, most: 60 }), -5);
  const second = requantised(sketch, conv(sketch, tape, first, { inputs: 8, outputs: 16, size: 5, most: 60 }), -7);
  const pooled = sketch.node("MaxPool", [second], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  const flat = sketch.node("Flatten", [pooled]);
  const logits = sketch.node("Gemm", [flat, weights(sketch, tape, [144, 10], 100), weights(sketch, tape, [10], 5000)]);
  const scaled = sketch.node("Mul", [logits, sketch.scalar(2 ** -12)]);
  return sketch.model({ name: "x", dims: ["N", 1, 28, 28] }, scaled);
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly size: number;
  /** Largest weight. */
  readonly most: number;
}

function conv(sketch: Sketch, tape: Tape, x: string, { inputs, outputs, size, most }: Layer): string {
  const inputNames = [
    x,
    weights(sketch, tape, [outputs, inputs, size, size], most),
    weights(sketch, tape, [outputs], 10 * most),
  ];
  return sketch.node("Conv", inputNames, { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) });
}

function weights(sketch: Sketch, tape: Tape, dims: readonly number[], most: number): string {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return sketch.floats(
    tape.noise(count).map((noise) => Math.round(noise * most) + 0),
    dims,
  );
}

function requantised(sketch: Sketch, x: string, shift: number): string {
  const floored = sketch.node("Floor", [sketch.node("Mul", [x, sketch.scalar(2 ** shift)])]);
  return sketch.node("Clip", [floored, sketch.scalar(0), sketch.scalar(255)]);
}
