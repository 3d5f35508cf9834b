import type { BackendId } from "#core/backends.ts";
import { MARGIN, MEASURED } from "#core/explain/operators/measured-accuracy.ts";
import { erf } from "#core/explain/operators/erf.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import type { OneNode } from "./one-node.ts";

/**
 * What an operator's output should be, and how far from it each runtime may be: what WebAssembly was measured at, with its
 * margin, what NVIDIA documents and what WGSL guarantees. The rules are stated here apart from the judges, so that a judge
 * which allows more is found out. Operators that are not listed round once, copy or add up: no deviation of theirs is taken for granted.
 */
export interface Allowance {
  readonly exact: Float64Array;
  /** Absolute, per element. */
  readonly error: Float64Array;
}

/** Steps of the result and units of u = 2^-24. */
type Limit = readonly [ulps: number, units: number];

interface Approximation {
  readonly exact: (x: number) => number;
  /** WGSL, "Floating Point Accuracy": exp 3 + 2|x| ULP, log 3 ULP or 2^-21, sin 2^-11, division 2.5 ULP. */
  readonly shader: (x: number) => Limit;
}

const U = 2 ** -24;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const exp = (x: number): number => 4 + 2 * Math.abs(x);
/** Of products with x. */
const size = (x: number): number => Math.max(1, Math.abs(x));

const FUNCTIONS: Readonly<Record<string, Approximation>> = {
  Sigmoid: { exact: sigmoid, shader: (x) => [6 + exp(x), 4] },
  Tanh: { exact: Math.tanh, shader: (x) => [1, 12 + 4 * exp(x)] },
  Erf: { exact: erf, shader: () => [4, 24] },
  Exp: { exact: Math.exp, shader: (x) => [exp(x), 0] },
  Log: { exact: Math.log, shader: () => [4, 9] },
  Gelu: {
    exact: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
    shader: (x) => [4, 20 * size(x)],
  },
  Softplus: {
    exact: (x) => Math.log1p(Math.exp(x)),
    shader: (x) => [4, 20 + 4 * Math.abs(x)],
  },
  HardSwish: {
    exact: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
    shader: (x) => [6, 8 * size(x)],
  },
  QuickGelu: {
    exact: (x) => x * sigmoid(Math.fround(1.702) * x),
    shader: (x) => [8, 16 * size(x)],
  },
  // WGSL: 1 / inverseSqrt, which has 2 ULP.
  Sqrt: { exact: Math.sqrt, shader: () => [4.5, 0] },
  Sin: { exact: Math.sin, shader: () => [1, 8192] },
};

/** Twice the largest errors that NVIDIA tells of CUDA's functions (CUDA C++ Programming Guide, "Mathematical Functions"). */
const CUDA_ULPS: Readonly<Record<string, number>> = { Erf: 4, Exp: 4, Log: 2, Sin: 4, Tanh: 4 };

/** @returns null for an operator whose every deviation counts */
export function allowanceOf({ node, inputs }: OneNode, source: BackendId): Allowance | null {
  const side = source === "WEBGPU" || source === "CUDA" ? "shader" : "processor";
  const x = readElements(inputs[0]!).numbers;
  const { dims } = inputs[0]!;
  const named = FUNCTIONS[node.op];
  const ulps = source === "CUDA" ? CUDA_ULPS[node.op] : undefined;
  if (named) {
    const { ulps: measured, units } = MEASURED[node.op]?.wasm ?? { ulps: 0, units: 0 };
    const processor = (number: number): Limit => [MARGIN * measured, MARGIN * units * size(number)];
    return elementwise(x, (at) => [
      named.exact(x[at]!),
      ...(ulps === undefined ? (side === "shader" ? named.shader : processor)(x[at]!) : ([ulps, 0] as const)),
    ]);
  }
  if (node.op === "Div" && side === "shader") {
    const divisor = readElements(inputs[1]!).numbers;
    return elementwise(x, (at) => [x[at]! / divisor[at]!, 2.5, 0]);
  }
  if (node.op === "Pow") {
    const y = readElements(inputs[1]!).numbers;
    return elementwise(x, (at) => {
      const [base, power] = [x[at]!, y[at % y.length]!];
      const bits = Math.abs(power * Math.log2(base));
      const logarithm = 6 * bits + (base >= 0.5 && base <= 2 ? 8 * Math.abs(power) : 0);
      return [base ** power, side === "processor" ? MARGIN * MEASURED["Pow"]!.wasm.ulps : 6 + 3 * bits + logarithm, 0];
    });
  }
  if (node.op === "LRN") return localResponse(x, dims);
  return node.op === "Softmax" || node.op === "LogSoftmax" ? softmax(x, dims.at(-1)!, node.op, side) : null;
}

function elementwise(
  x: Float64Array,
  at: (index: number) => readonly [exact: number, ulps: number, units: number],
): Allowance {
  const told = Array.from(x, (_, index) => at(index));
  return {
    exact: Float64Array.from(told, ([exact]) => exact),
    error: Float64Array.from(told, ([exact, ulps, units]) => ulps * step(exact) + units * U),
  };
}

/** The distance between neighbouring float32 numbers. */
function step(number: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(Math.abs(number), 2 ** -126))) - 23);
}

/** First-order bounds: exp of a rounded difference, a sum of n, a division or a logarithm. */
function softmax(x: Float64Array, n: number, op: string, side: "processor" | "shader"): Allowance {
  const [exact, error] = [new Float64Array(x.length), new Float64Array(x.length)];
  for (let start = 0; start < x.length; start += n) {
    const row = x.subarray(start, start + n);
    const most = row.reduce((largest, each) => Math.max(largest, each), -Infinity);
    const sum = row.reduce((total, each) => total + Math.exp(each - most), 0);
    for (const [at, each] of row.entries()) {
      const distance = most - each;
      const power = 2 * (side === "processor" ? 4 : exp(distance)) + distance;
      const total = n + (side === "processor" ? 8 : 2 * exp(0)) + 8;
      const result = op === "Softmax" ? Math.exp(each - most) / sum : each - most - Math.log(sum);
      exact[start + at] = result;
      error[start + at] = op === "Softmax" ? (power + total) * U * result : (total + 16 + 4 * Math.abs(result)) * U;
    }
  }
  return { exact, error };
}

/** size 3, alpha 0.001, beta 0.75, bias 1. */
function localResponse(x: Float64Array, dims: readonly number[]): Allowance {
  const [, channels, height, width] = dims;
  const plane = height! * width!;
  return elementwise(x, (at) => {
    const channel = Math.floor(at / plane) % channels!;
    let sum = 0;
    for (const near of [-1, 0, 1]) {
      if (channel + near >= 0 && channel + near < channels!) sum += x[at + near * plane]! ** 2;
    }
    return [x[at]! / (1 + (Math.fround(0.001) / 3) * sum) ** 0.75, 16, 0];
  });
}
