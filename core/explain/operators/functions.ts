import type { Call } from "../call.ts";
import type { Dialect } from "../sources.ts";
import { erf } from "./erf.ts";

/** A function of one argument that runtimes approximate. */
export interface ApproximatedFunction {
  /** In double precision. */
  readonly exact: (x: number, call: Call) => number;
  /**
   * An interval that contains every value of the function and that no evaluation may leave. All numbers if an end is a
   * smooth minimum (GELU, Swish, Mish), which an evaluation may miss like any other value.
   */
  readonly range: (call: Call, dialect: Dialect) => readonly [least: number, most: number];
  /** The unit of absolute errors: 1 (default), or a number that grows with the argument or an attribute. */
  readonly size?: (x: number, call: Call) => number;
}

type Range = readonly [number, number];

const within =
  (least: number, most: number): (() => Range) =>
  () => [least, most];
const ALL = within(-Infinity, Infinity);
const grows = (x: number): number => Math.max(1, Math.abs(x));
const alpha = (call: Call, fallback: number): number => call.real("alpha", fallback);
const gamma = (call: Call): number => call.real("gamma", 1.0507010221481323);
const seluAlpha = (call: Call): number => alpha(call, 1.6732631921168188);

/** x for positive arguments, an exponential that approaches `-reach` for negative ones. */
const exponentialTail = (reach: number): Range => (reach >= 0 ? [-reach, Infinity] : [0, Infinity]);

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
const tanhGelu = (x: number): number => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
export const isTanhGelu = (call: Call): boolean =>
  call.node.op === "FastGelu" || call.text("approximate", "none") === "tanh";

/** The functions of ONNX and ONNX Runtime, with their ranges. */
export const APPROXIMATED_FUNCTIONS: Readonly<Record<string, ApproximatedFunction>> = {
  Acos: { exact: Math.acos, range: within(0, Math.PI) },
  Acosh: { exact: Math.acosh, range: within(0, Infinity) },
  Asin: { exact: Math.asin, range: within(-Math.PI / 2, Math.PI / 2) },
  Asinh: { exact: Math.asinh, range: ALL },
  Atan: { exact: Math.atan, range: within(-Math.PI / 2, Math.PI / 2) },
  Atanh: { exact: Math.atanh, range: ALL },
  Celu: {
    exact: (x, call) => (x >= 0 ? x : alpha(call, 1) * Math.expm1(x / alpha(call, 1))),
    range: (call) => (alpha(call, 1) > 0 ? [-alpha(call, 1), Infinity] : [-Infinity, Infinity]),
    size: (_, call) => Math.abs(alpha(call, 1)),
  },
  Cos: { exact: Math.cos, range: within(-1, 1) },
  Cosh: {
    exact: Math.cosh,
    // In WGSL it is (e^x + e^-x) / 2 with the errors of exp, which may be below 1.
    range: (_, dialect) => [dialect === "ieee" ? 1 : 0, Infinity],
  },
  Elu: {
    exact: (x, call) => (x >= 0 ? x : alpha(call, 1) * Math.expm1(x)),
    range: (call) => exponentialTail(alpha(call, 1)),
    size: (_, call) => Math.abs(alpha(call, 1)),
  },
  Erf: { exact: erf, range: within(-1, 1) },
  Exp: { exact: Math.exp, range: within(0, Infinity) },
  FastGelu: { exact: tanhGelu, range: ALL, size: grows },
  Gelu: { exact: (x, call) => (isTanhGelu(call) ? tanhGelu(x) : gelu(x)), range: ALL, size: grows },
  HardSigmoid: {
    exact: (x, call) => Math.min(Math.max(alpha(call, 0.2) * x + call.real("beta", 0.5), 0), 1),
    range: within(0, 1),
    size: (_, call) => Math.max(1, Math.abs(call.real("beta", 0.5))),
  },
  HardSwish: { exact: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1), range: ALL, size: grows },
  Log: { exact: Math.log, range: ALL },
  Mish: { exact: (x) => x * Math.tanh(softplus(x)), range: ALL, size: grows },
  QuickGelu: { exact: (x, call) => x * sigmoid(alpha(call, 1.702) * x), range: ALL, size: grows },
  Selu: {
    exact: (x, call) => gamma(call) * (x > 0 ? x : seluAlpha(call) * Math.expm1(x)),
    range: (call) => (gamma(call) > 0 ? exponentialTail(seluAlpha(call) * gamma(call)) : [-Infinity, Infinity]),
    size: (_, call) => Math.abs(seluAlpha(call) * gamma(call)),
  },
  Sigmoid: { exact: sigmoid, range: within(0, 1) },
  Sin: { exact: Math.sin, range: within(-1, 1) },
  Sinh: { exact: Math.sinh, range: ALL },
  Softplus: { exact: softplus, range: within(0, Infinity) },
  Softsign: { exact: (x) => x / (1 + Math.abs(x)), range: within(-1, 1) },
  Swish: { exact: (x, call) => x * sigmoid(alpha(call, 1) * x), range: ALL, size: grows },
  Tan: { exact: Math.tan, range: ALL },
  Tanh: { exact: Math.tanh, range: within(-1, 1) },
};
