import { erf } from "./erf.ts";
import type { Call } from "./call.ts";

/** How far from the true value a runtime may be: `ulps` steps of the result, and `units` of u = 2^-24 (float32). */
export interface Limit {
  readonly ulps: number;
  /** Absolute, in units of the format's unit roundoff. */
  readonly units: number;
  /** The function is a product with a number of this size, which carries on what another factor loses to underflow. */
  readonly factor?: number;
  /** Nothing more is asked: what lies beyond cannot be called wrong. */
  readonly open?: boolean;
}

/** A function that runtimes approximate, with what may be asked of each. */
export interface Approximated {
  /** In double precision. */
  readonly exact: (x: number, call: Call) => number;
  /** What an absolute error is measured by: 1, or a number that grows with the argument. */
  readonly size?: (x: number, call: Call) => number;
  /**
   * Native CPU and WebAssembly. About twice what was the most in 1,200,000 arguments a function (ONNX Runtime 1.30,
   * AVX-512 and WebAssembly SIMD): all float32 bit patterns, [-100, 100], [-10, 10], [-1, 1], near 0 and near 1.
   * MLAS clamps its rational functions (sigmoid at -18), so that what is small is held to an absolute limit.
   */
  readonly native: (x: number, call: Call) => Limit;
  /**
   * GPUs, by what WGSL asks ("Accuracy of Built-in Functions": exp 3 + 2|x| ULP, log 3 ULP or 2^-21 between 0.5 and 2,
   * sin and cos 2^-11 in [-pi, pi], atan 4096 ULP, asin and acos 6.8e-5, / 2.5 ULP), carried through the formula that
   * shaders use; erf is Abramowitz and Stegun's 7.1.26 (1.5e-7) there. units: Infinity where WGSL asks for nothing.
   */
  readonly gpu: (x: number, call: Call) => Limit;
}

const limit = (ulps: number, units = 0): (() => Limit) => {
  const fixed = { ulps, units };
  return () => fixed;
};
/** Limits that grow with |x|, for products with x. */
const times =
  (ulps: number, units: number): ((x: number) => Limit) =>
  (x) => ({
    ulps,
    units: units * Math.max(1, Math.abs(x)),
    factor: Math.abs(x),
  });

const grows = (x: number): number => Math.max(1, Math.abs(x));
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
export const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
export const tanhGelu = (x: number): number =>
  (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const expUlps = (x: number): number => 4 + 2 * Math.abs(x);
const alpha = (call: Call, fallback: number): number => call.float("alpha", fallback);
/**
 * ONNX Runtime holds the constants of this form in float32, whatever the node's type: a float64 result is no better than a
 * float32 one.
 */
const tanhGeluLimit =
  (ulps: number, units: number) =>
  (x: number, call: Call): Limit =>
    times(ulps, isDouble(call) ? units * 2 ** 29 : units)(x);
const isDouble = (call: Call): boolean => call.input(0).type === "float64";
const isTanhGelu = (call: Call): boolean => call.node.op === "FastGelu" || call.text("approximate", "none") === "tanh";

/** 2^-11 in units of 2^-24. */
const SINE_UNITS = 8192;
/**
 * In double precision the argument is reduced by a pi of few parts, which loses the last bits of x: nothing to sin(x) as
 * a rule, and all of it near a multiple of pi.
 */
const reductionUnits = (x: number, call: Call): number => (isDouble(call) ? 4 * Math.max(1, Math.abs(x)) : 0);
const circular = (exact: (x: number) => number): Approximated => ({
  exact,
  native: (x, call) => ({ ulps: 6, units: reductionUnits(x, call) }),
  // Beyond pi WGSL asks for nothing; argument reductions lose accuracy in proportion to x.
  gpu: (x) => ({ ulps: 1, units: SINE_UNITS * Math.max(1, Math.abs(x) / Math.PI), open: Math.abs(x) > Math.PI }),
});

/** (e_sin + |tan| e_cos) / (|cos| - e_cos) */
function tangentUnits(x: number): number {
  const error = SINE_UNITS * 2 ** -24 * Math.max(1, Math.abs(x) / Math.PI);
  const room = Math.abs(Math.cos(x)) - error;
  if (room <= 0) return Infinity;
  return ((error / 2 ** -24) * (1 + Math.abs(Math.tan(x)))) / room;
}

/** log(x + sqrt(x^2 + 1)): cancels for negative x, and x^2 may overflow. */
function asinhUnits(x: number): number {
  const argument = Math.exp(Math.asinh(x));
  const error = 12 * Math.max(1, Math.abs(x));
  return argument > 2 * error * 2 ** -24 && Math.abs(x) < 1e18 ? 2 * (error / argument) + 12 : Infinity;
}

/** log(x + sqrt(x^2 - 1)): near 1 the root takes the square root of the rounding error. */
function acoshUnits(x: number): number {
  const square = 3 * x * x;
  const root = Math.sqrt(Math.max(x * x - 1, 0));
  const rootError = Math.min(square / root, Math.sqrt(square * 2 ** -24) / 2 ** -24);
  return Math.abs(x) < 1e18 ? rootError / (x + root) + 20 : Infinity;
}

export const APPROXIMATED: Readonly<Record<string, Approximated>> = {
  Acos: { exact: Math.acos, native: limit(10), gpu: limit(8, 1300) },
  Acosh: { exact: Math.acosh, native: limit(8), gpu: (x) => ({ ulps: 4, units: acoshUnits(x) }) },
  Asin: { exact: Math.asin, native: limit(10), gpu: limit(8, 1300) },
  Asinh: { exact: Math.asinh, native: limit(8), gpu: (x) => ({ ulps: 4, units: asinhUnits(x) }) },
  Atan: { exact: Math.atan, native: limit(10), gpu: limit(4096) },
  Atanh: { exact: Math.atanh, native: limit(8, 2), gpu: limit(6, 16) },
  Celu: { size: (_, call) => Math.abs(alpha(call, 1)),
    exact: (x, call) => (x >= 0 ? x : alpha(call, 1) * Math.expm1(x / alpha(call, 1))),
    native: (_, call) => ({ ulps: 4, units: 4 * Math.abs(alpha(call, 1)) }),
    gpu: (_, call) => ({ ulps: 8, units: 16 * Math.abs(alpha(call, 1)) }),
  },
  Cos: circular(Math.cos),
  Cosh: { exact: Math.cosh, native: limit(8), gpu: (x) => ({ ulps: 2 + expUlps(x), units: 0 }) },
  Elu: { size: (_, call) => Math.abs(alpha(call, 1)),
    exact: (x, call) => (x >= 0 ? x : alpha(call, 1) * Math.expm1(x)),
    native: (_, call) => ({ ulps: 2, units: 3 * Math.abs(alpha(call, 1)) }),
    gpu: (_, call) => ({ ulps: 4, units: 14 * Math.abs(alpha(call, 1)) }),
  },
  Erf: { exact: erf, native: limit(4), gpu: limit(4, 24) },
  Exp: { exact: Math.exp, native: limit(4), gpu: (x) => ({ ulps: expUlps(x), units: 0 }) },
  FastGelu: { size: grows, exact: tanhGelu, native: times(4, 10), gpu: times(4, 60) },
  Gelu: { size: grows,
    exact: (x, call) => (isTanhGelu(call) ? tanhGelu(x) : gelu(x)),
    native: (x, call) => (isTanhGelu(call) ? tanhGeluLimit(4, 10)(x, call) : times(4, 5)(x)),
    gpu: (x, call) => (isTanhGelu(call) ? tanhGeluLimit(4, 60)(x, call) : times(4, 20)(x)),
  },
  HardSigmoid: { size: (_, call) => Math.max(1, Math.abs(call.float("beta", 0.5))),
    exact: (x, call) => Math.min(Math.max(alpha(call, 0.2) * x + call.float("beta", 0.5), 0), 1),
    native: (_, call) => ({ ulps: 1, units: 2 + 3 * Math.abs(call.float("beta", 0.5)) }),
    gpu: (_, call) => ({ ulps: 1, units: 4 + 3 * Math.abs(call.float("beta", 0.5)) }),
  },
  HardSwish: { size: grows, exact: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1), native: times(4, 4), gpu: times(6, 8) },
  Log: { exact: Math.log, native: limit(8), gpu: limit(4, 9) },
  Mish: { size: grows, exact: (x) => x * Math.tanh(softplus(x)), native: times(20, 1), gpu: times(20, 40) },
  QuickGelu: { size: grows, exact: (x, call) => x * sigmoid(alpha(call, 1.702) * x), native: times(4, 8), gpu: times(8, 16) },
  Selu: { size: (_, call) => Math.abs(alpha(call, 1.67) * call.float("gamma", 1.05)),
    exact: (x, call) =>
      call.float("gamma", 1.0507010221481323) * (x > 0 ? x : alpha(call, 1.6732631921768188) * Math.expm1(x)),
    native: (_, call) => ({ ulps: 4, units: 4 * Math.abs(alpha(call, 1.67) * call.float("gamma", 1.05)) }),
    gpu: (_, call) => ({ ulps: 6, units: 16 * Math.abs(alpha(call, 1.67) * call.float("gamma", 1.05)) }),
  },
  Sigmoid: { exact: sigmoid, native: limit(4, 7), gpu: (x) => ({ ulps: 6 + expUlps(x), units: 4 }) },
  Sin: circular(Math.sin),
  Sinh: {
    exact: Math.sinh,
    native: limit(8),
    gpu: (x) => ({ ulps: 2, units: 2 * (1 + expUlps(x)) * Math.cosh(Math.min(Math.abs(x), 700)) }),
  },
  Softplus: { exact: softplus, native: limit(8), gpu: (x) => ({ ulps: 4, units: 20 + 4 * Math.min(Math.abs(x), 20) }) },
  Softsign: { exact: (x) => x / (1 + Math.abs(x)), native: limit(5), gpu: limit(8) },
  Swish: { size: grows, exact: (x, call) => x * sigmoid(alpha(call, 1) * x), native: times(4, 8), gpu: times(8, 16) },
  Tan: {
    exact: Math.tan,
    // Its slope carries on what the reduction loses, near poles too.
    native: (x, call) => ({ ulps: 6, units: reductionUnits(x, call) * (1 + Math.tan(x) ** 2) }),
    gpu: (x) => ({ ulps: 1, units: tangentUnits(x), open: Math.abs(x) > Math.PI }),
  },
  Tanh: {
    exact: Math.tanh,
    native: limit(12),
    gpu: (x) => ({ ulps: 1, units: 12 + 4 * expUlps(Math.min(Math.abs(x), 12)) }),
  },
};
