import type { Attribute } from "#core/onnx/graph.ts";
import { EXACT_UNITS } from "#core/certify/limits.ts";
import { float, int, ints, text } from "../graphs/sketch.ts";
import type { Growth } from "./growth.ts";
import type { Tape } from "./tape.ts";

interface Weights {
  readonly values: number[];
  readonly bias: number[] | null;
}

/** How much of 2^24 the worst channel should use: often right below the limit, sometimes beyond it. */
function headroom(tape: Tape): number {
  return tape.pick([0.999_999, 0.97, 1.5, 0.3, 0.9, 0.05, 1.9]);
}

/**
 * Integer weights times 2^exponent whose sum(|w|) x max|x| + |bias| comes near a chosen share of 2^24 in every channel.
 * @param reach max|x| in units
 */
function weights(growth: Growth, channels: number, each: number, reach: number, exponent: number): Weights {
  const { tape } = growth;
  const budget = headroom(tape) * EXACT_UNITS;
  const biasShare = tape.pick([null, 0, 0.1, 0.5]);
  const budgetOfWeights = Math.max(1, Math.floor((budget * (1 - (biasShare ?? 0))) / Math.max(1, reach)));
  const sign = tape.pick(["both", "both", "negative", "positive"] as const);
  const unit = 2 ** exponent;
  const values = Array.from({ length: channels }, () =>
    shares(signed(tape.noise(each), sign), budgetOfWeights).map((value) => value * unit),
  ).flat();
  if (biasShare === null) return { values, bias: null };
  const most = Math.floor(budget * biasShare);
  const fine = 2 ** (exponent + (growth.span()?.exponent ?? 0));
  // The worst channel has the whole share, which is what the bound is about.
  const bias = tape
    .noise(channels)
    .map((noise, at) => Math.trunc((at === 0 ? Math.sign(noise) : noise) * most) * fine + 0);
  return { values, bias };
}

function signed(noise: number[], sign: "both" | "negative" | "positive"): number[] {
  if (sign === "both") return noise;
  return noise.map((value) => (sign === "negative" ? -Math.abs(value) : Math.abs(value)));
}

/** Whole numbers in proportion to the noise whose absolute values add up to the budget. */
function shares(noise: number[], budget: number): number[] {
  const total = noise.reduce((sum, value) => sum + Math.abs(value), 0) || 1;
  const whole = noise.map((value) => Math.trunc((value / total) * budget));
  const rest = budget - whole.reduce((sum, value) => sum + Math.abs(value), 0);
  const first = Math.sign(noise[0]!) || 1;
  // + 0 turns -0 into +0: a weight of -0 is a trap of its own, with its own test.
  return whole.map((value, at) => (at === 0 ? first * (Math.abs(value) + rest) : value) + 0);
}

export function appendConv(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  const [channels, ...spatial] = sizes as [number, ...number[]];
  const span = growth.span();
  if (span === null) return;
  const group = tape.pick([1, 1, 1, channels % 2 === 0 ? 2 : 1, channels]);
  const outputs = channels >= 8 && group === 1 ? tape.pick([8, 16, 24]) : group * tape.between(1, group > 2 ? 2 : 3);
  const kernel = spatial.map((size) => tape.between(1, Math.min(3, size)));
  const attributes = window(tape, kernel, spatial, true);
  const exponent = tape.between(-6, 3);
  const { values, bias } = weights(
    growth,
    outputs,
    (channels / group) * kernel.reduce((a, b) => a * b, 1),
    span.units,
    exponent,
  );
  const inputs = [growth.tip.name, sketch.floats(values, [outputs, channels / group, ...kernel])];
  if (bias !== null) inputs.push(sketch.floats(bias));
  const name = sketch.node("Conv", inputs, { ...attributes.said, group: int(group) });
  growth.move(name, [outputs, ...attributes.out]);
}

export function appendMatrix(growth: Growth): void {
  const { tape, sketch, sizes } = growth;
  const span = growth.span();
  if (span === null) return;
  const depth = sizes.at(-1)!;
  // A square matrix lets the input itself be the C of a Gemm.
  const width = tape.chance(0.15) ? Math.min(depth, 8) : tape.between(1, 5);
  const isMatrix = sizes.length === 1;
  const gemm = isMatrix && tape.chance(0.6);
  const { values, bias } = weights(growth, width, depth, span.units, tape.between(-6, 3));
  if (!gemm) {
    // weights() lists them by output; MatMul wants [depth, width].
    const columns = Array.from(
      { length: depth * width },
      (_, at) => values[(at % width) * depth + Math.floor(at / width)]!,
    );
    const matrix = tape.chance(0.15)
      ? sketch.node("Transpose", [sketch.floats(values, [width, depth])], { perm: ints([1, 0]) })
      : sketch.floats(columns, [depth, width]);
    growth.move(sketch.node("MatMul", [growth.tip.name, matrix]), [...sizes.slice(0, -1), width]);
    return;
  }
  growth.move(gemmNode(growth, values, bias, { depth, width }), [width]);
}

function gemmNode(
  { tape, sketch, tip }: Growth,
  values: number[],
  bias: number[] | null,
  { depth, width }: { depth: number; width: number },
): string {
  const transB = tape.chance(0.5);
  const columns = transB
    ? values
    : Array.from({ length: depth * width }, (_, at) => values[(at % width) * depth + Math.floor(at / width)]!);
  const inputs = [tip.name, sketch.floats(columns, transB ? [width, depth] : [depth, width])];
  // C was required up to opset 10.
  const addend = bias ?? (sketch.opset < 11 ? Array.from({ length: width }, () => 0) : null);
  if (width === depth && tape.chance(0.3)) inputs.push(tip.name);
  else if (addend !== null) inputs.push(sketch.floats(addend, tape.pick([[width], [1, width]])));
  const attributes: Record<string, Attribute> = transB ? { transB: int(1) } : {};
  if (tape.chance(0.2)) {
    attributes["transA"] = int(1);
    inputs[0] = sketch.node("Transpose", [tip.name], { perm: ints([1, 0]) });
  }
  if (tape.chance(0.4)) attributes["alpha"] = float(2 ** tape.between(-9, 3) * tape.pick([1, 1, -1]));
  if (tape.chance(0.3)) attributes["beta"] = float(2 ** tape.between(-3, 3));
  return sketch.node("Gemm", inputs, attributes);
}

interface Window {
  readonly said: Record<string, Attribute>;
  readonly out: number[];
}

/** Strides, dilations and pads that leave at least one position. */
export function window(tape: Tape, kernel: number[], spatial: number[], dilates: boolean): Window {
  const strides = kernel.map(() => tape.between(1, 2));
  const dilations = kernel.map((size, axis) =>
    dilates && size > 1 && (size - 1) * 2 + 1 <= spatial[axis]! && tape.chance(0.3) ? 2 : 1,
  );
  const reach = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const autoPad = dilations.every((dilation) => dilation === 1)
    ? tape.pick(["NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"])
    : "NOTSET";
  const said = { kernel_shape: ints(kernel), strides: ints(strides), ...(dilates && { dilations: ints(dilations) }) };
  if (autoPad !== "NOTSET") {
    const out = spatial.map((size, axis) =>
      autoPad === "VALID" ? Math.floor((size - reach[axis]!) / strides[axis]!) + 1 : Math.ceil(size / strides[axis]!),
    );
    return { said: { ...said, auto_pad: text(autoPad) }, out };
  }
  const pads = [...kernel, ...kernel].map((size) => (tape.chance(0.4) ? Math.min(1, size - 1) : 0));
  const out = spatial.map(
    (size, axis) => Math.floor((size + pads[axis]! + pads[axis + kernel.length]! - reach[axis]!) / strides[axis]!) + 1,
  );
  return { said: { ...said, pads: ints(pads) }, out };
}
