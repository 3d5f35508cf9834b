import type { Attribute } from "#core/onnx/graph.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { elementsOf } from "#core/tensors/tensor-value.ts";
import { int } from "../onnx/build.ts";
import { oneNode, type OneNode } from "./one-node.ts";
import { tensor } from "./tensors.ts";

/** Conv, Gemm and MatMul nodes of many shapes with random elements, the same in every run. */

export function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function random(dims: readonly number[], next: () => number): TensorValue {
  return tensor(
    "float32",
    dims,
    Array.from({ length: elementsOf(dims) }, () => (next() + next() + next() - 1.5) * 2),
  );
}

const ints = (...of: readonly number[]): Attribute => ({ kind: "ints", value: of.map(BigInt) });
const float = (of: number): Attribute => ({ kind: "float", value: of });
const text = (of: string): Attribute => ({ kind: "string", value: new TextEncoder().encode(of) });

interface ConvShape {
  readonly batch?: number;
  readonly channels: number;
  readonly size: readonly number[];
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly stride?: number;
  readonly dilation?: number;
  readonly pads?: readonly number[];
  readonly autoPad?: string;
  readonly group?: number;
  readonly bias?: boolean;
}

export function conv(shape: ConvShape, seed = 1): OneNode {
  const { batch = 1, channels, size, filters, kernel, stride = 1, dilation = 1, group = 1, bias = true } = shape;
  const next = generator(seed * 7919 + channels);
  const rank = size.length;
  const attributes: Record<string, Attribute> = {
    kernel_shape: ints(...kernel),
    strides: ints(...Array.from({ length: rank }, () => stride)),
    dilations: ints(...Array.from({ length: rank }, () => dilation)),
    group: int(group),
    ...(shape.autoPad === undefined
      ? { pads: ints(...(shape.pads ?? Array.from({ length: 2 * rank }, () => 0))) }
      : { auto_pad: text(shape.autoPad) }),
  };
  const inputs = [
    random([batch, channels, ...size], next),
    random([filters, channels / group, ...kernel], next),
    ...(bias ? [random([filters], next)] : []),
  ];
  const label = `Conv ${batch}x${channels}x${size.join("x")} to ${filters}, ${kernel.join("x")}${stride > 1 ? ` stride ${stride}` : ""}${dilation > 1 ? ` dilation ${dilation}` : ""}${group > 1 ? ` group ${group}` : ""}${shape.autoPad === undefined ? (shape.pads ? ` pads ${shape.pads.join()}` : "") : ` ${shape.autoPad}`}${bias ? "" : " no bias"}`;
  return oneNode("Conv", inputs, attributes, { opset: 17, label, weights: bias ? [1, 2] : [1] });
}

interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly beta?: number;
  readonly bias?: readonly number[] | null;
  readonly constant?: boolean;
}

export function gemm(shape: GemmShape, seed = 1): OneNode {
  const { m, k, n, transA = false, transB = false, alpha = 1, beta = 1, constant = true } = shape;
  const next = generator(seed * 104_729 + m * 31 + k);
  const bias = shape.bias === undefined ? [n] : shape.bias;
  const inputs = [
    random(transA ? [k, m] : [m, k], next),
    random(transB ? [n, k] : [k, n], next),
    ...(bias ? [random(bias, next)] : []),
  ];
  const attributes = {
    transA: int(Number(transA)),
    transB: int(Number(transB)),
    alpha: float(alpha),
    beta: float(beta),
  };
  const label = `Gemm ${m}x${k}x${n}${transA ? " transA" : ""}${transB ? " transB" : ""}${alpha === 1 ? "" : ` alpha ${alpha}`}${beta === 1 ? "" : ` beta ${beta}`}${bias ? (bias.length === 1 && bias[0] === n ? "" : ` C [${bias}]`) : " no C"}${constant ? "" : " fed"}`;
  return oneNode("Gemm", inputs, attributes, { opset: 17, label, weights: constant ? (bias ? [1, 2] : [1]) : [] });
}

/** A Gemm of given factors, [m, k] times [k, n]. */
export function gemmOf(
  [m, k, n]: readonly [number, number, number],
  a: Float32Array,
  b: Float32Array,
  bias: Float32Array | null,
): OneNode {
  const inputs = [
    tensor("float32", [m, k], a),
    tensor("float32", [k, n], b),
    ...(bias ? [tensor("float32", [n], bias)] : []),
  ];
  return oneNode("Gemm", inputs, {}, { opset: 17, label: `Gemm ${m}x${k}x${n}`, weights: [] });
}

export function matMul(a: readonly number[], b: readonly number[], constant = true, seed = 1): OneNode {
  const next = generator(seed * 1299 + a.length * 17 + b.length);
  const label = `MatMul [${a}] [${b}]${constant ? "" : " fed"}`;
  return oneNode("MatMul", [random(a, next), random(b, next)], {}, { opset: 17, label, weights: constant ? [1] : [] });
}

export function sumCases(): readonly OneNode[] {
  return [
    conv({ channels: 1, size: [28, 28], filters: 8, kernel: [5, 5], pads: [2, 2, 2, 2] }),
    conv({ channels: 8, size: [14, 14], filters: 16, kernel: [5, 5], autoPad: "SAME_UPPER", bias: false }),
    conv({ channels: 32, size: [14, 14], filters: 64, kernel: [5, 5], pads: [2, 2, 2, 2], stride: 2 }),
    conv({ channels: 32, size: [14, 14], filters: 64, kernel: [5, 5], pads: [2, 2, 2, 2] }),
    conv({ channels: 64, size: [7, 7], filters: 64, kernel: [3, 3], pads: [1, 1, 1, 1], stride: 2 }),
    conv({ channels: 16, size: [20, 20], filters: 32, kernel: [3, 3], pads: [1, 1, 1, 1] }),
    conv({ channels: 64, size: [14, 14], filters: 32, kernel: [1, 1] }),
    conv({ channels: 256, size: [7, 7], filters: 128, kernel: [1, 1], stride: 2 }),
    conv({ channels: 300, size: [1, 1], filters: 50, kernel: [1, 1] }),
    conv({ channels: 16, size: [16, 16], filters: 16, kernel: [3, 3], pads: [1, 1, 1, 1], group: 16 }),
    conv({ channels: 16, size: [17, 17], filters: 16, kernel: [3, 3], pads: [1, 1, 1, 1], group: 16, stride: 2 }),
    conv({ channels: 8, size: [15, 15], filters: 8, kernel: [5, 5], pads: [2, 2, 2, 2], group: 8 }),
    conv({ channels: 12, size: [15, 15], filters: 24, kernel: [7, 7], pads: [3, 3, 3, 3], group: 12, stride: 2 }),
    conv({ channels: 12, size: [13, 13], filters: 18, kernel: [3, 3], group: 3, pads: [1, 1, 1, 1] }),
    conv({ channels: 6, size: [24, 20], filters: 1, kernel: [3, 3], pads: [1, 1, 1, 1] }),
    conv({ channels: 40, size: [9, 9], filters: 1, kernel: [3, 3], bias: false }),
    conv({ channels: 10, size: [19, 19], filters: 12, kernel: [3, 3], dilation: 2, pads: [2, 2, 2, 2] }),
    conv({ channels: 10, size: [19, 19], filters: 12, kernel: [3, 2], stride: 2, autoPad: "SAME_LOWER" }),
    conv({ channels: 24, size: [100], filters: 20, kernel: [5], pads: [2, 2] }),
    conv({ channels: 5, size: [6, 8, 7], filters: 9, kernel: [3, 3, 3], pads: [1, 1, 1, 1, 1, 1] }),
    conv({ batch: 3, channels: 16, size: [10, 10], filters: 20, kernel: [3, 3], pads: [1, 1, 1, 1] }),
    conv({ batch: 2, channels: 48, size: [6, 6], filters: 80, kernel: [1, 1] }),
    conv({ channels: 20, size: [6, 6], filters: 30, kernel: [6, 6] }),
    conv({ channels: 1, size: [9, 30], filters: 12, kernel: [4, 30] }),
    conv({ channels: 128, size: [12, 12], filters: 32, kernel: [3, 3], pads: [1, 1, 1, 1] }),
    gemm({ m: 1, k: 784, n: 512, transB: true }),
    gemm({ m: 1, k: 128, n: 10, transB: true }),
    gemm({ m: 1, k: 1024, n: 128, transB: true }),
    gemm({ m: 1, k: 1000, n: 37 }),
    gemm({ m: 1, k: 777, n: 37, constant: false }),
    gemm({ m: 1, k: 777, n: 38, transB: true, constant: false }),
    gemm({ m: 1, k: 777, n: 39, transB: true, constant: false, bias: null }),
    gemm({ m: 1, k: 779, n: 39, constant: false, bias: null }),
    gemm({ m: 2, k: 300, n: 50 }),
    gemm({ m: 8, k: 513, n: 20, transB: true }),
    gemm({ m: 8, k: 513, n: 20, transB: true, constant: false }),
    gemm({ m: 33, k: 600, n: 130, constant: false }),
    gemm({ m: 33, k: 600, n: 130, transA: true, constant: false }),
    gemm({ m: 33, k: 400, n: 17, transA: true, transB: true }),
    gemm({ m: 5, k: 300, n: 8, alpha: 0.3, beta: 1.7 }),
    gemm({ m: 5, k: 300, n: 8, alpha: 0.3, beta: 1.7, bias: [5, 1] }),
    gemm({ m: 5, k: 300, n: 8, alpha: 0.3, beta: 0.7, bias: [5, 8], constant: false }),
    gemm({ m: 5, k: 200, n: 8, alpha: -2.5, bias: null }),
    gemm({ m: 9, k: 200, n: 8, bias: [1] }),
    gemm({ m: 40, k: 500, n: 1, constant: false }),
    gemm({ m: 40, k: 500, n: 1 }),
    matMul([1, 784], [784, 128]),
    matMul([1, 784], [784, 128], false),
    matMul([17, 300], [300, 33]),
    matMul([17, 300], [300, 33], false),
    matMul([2, 3, 17, 90], [2, 3, 90, 21], false),
    matMul([4, 1, 17, 90], [3, 90, 21], false),
    matMul([3, 7, 200], [200, 40]),
    matMul([200], [200, 40]),
    matMul([7, 200], [200]),
    matMul([7, 203], [203], false),
    matMul([200], [200]),
    matMul([64, 900], [900, 64], false),
  ];
}

/** Shapes drawn at random, within some hundred thousand products a node. */
export function randomSums(count: number, seed = 99): readonly OneNode[] {
  const next = generator(seed);
  const upTo = (most: number): number => 1 + Math.floor(next() * most);
  const chance = (share: number): boolean => next() < share;
  return Array.from({ length: count }, (_, at) => {
    if (at % 3 === 0) {
      return gemm(
        {
          m: chance(0.3) ? 1 : upTo(40),
          k: upTo(chance(0.5) ? 100 : 1500),
          n: upTo(chance(0.5) ? 12 : 200),
          transA: chance(0.25),
          transB: chance(0.5),
          alpha: chance(0.8) ? 1 : next(),
          beta: chance(0.8) ? 1 : next(),
          constant: chance(0.6),
          ...(chance(0.2) ? { bias: null } : {}),
        },
        at,
      );
    }
    if (at % 3 === 1) {
      const [k, n] = [upTo(700), upTo(90)];
      return matMul([...(chance(0.3) ? [upTo(4)] : []), upTo(20), k], [k, n], chance(0.6), at);
    }
    const group = chance(0.3) ? upTo(4) : 1;
    const side = upTo(5);
    return conv(
      {
        batch: chance(0.2) ? 2 : 1,
        channels: group * upTo(chance(0.5) ? 4 : 40),
        filters: group * upTo(24),
        size: [side + upTo(16), side + upTo(16)],
        kernel: [side, side],
        stride: upTo(2),
        pads: Array.from({ length: 4 }, () => Math.floor(next() * ((side + 1) / 2))),
        group,
        bias: chance(0.8),
      },
      at,
    );
  });
}
