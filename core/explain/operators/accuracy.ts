import { FLOAT_FORMATS, type FloatFormat, type FloatType } from "../../tensors/float-format.ts";
import type { Call } from "../call.ts";
import { APPROXIMATED_FUNCTIONS, isTanhGelu } from "./functions.ts";
import type { Given } from "./judge.ts";
import { CUDA_ULPS, MARGIN, MEASURED, type MeasuredAccuracy } from "./measured-accuracy.ts";

/** The largest error that a runtime may have. */
export interface Limit {
  /** In ULP of the result. */
  readonly ulps: number;
  /** Absolute, in units of the format's unit roundoff. */
  readonly units: number;
  /** Size of a number that the function multiplies with, which scales what another factor loses to underflow. */
  readonly factor?: number;
  /**
   * Where the shading language guarantees no accuracy: whether the formula may give this value. Other values are wrong.
   */
  readonly plausible?: (value: number) => boolean;
}

type LimitOf = (x: number, call: Call) => Limit;

const limit = (ulps: number, units = 0): LimitOf => {
  const fixed = { ulps, units };
  return () => fixed;
};
const times =
  (ulps: number, units: number): LimitOf =>
  (x) => ({ ulps, units: units * Math.max(1, Math.abs(x)) });

/** Beyond 110 the result underflows or overflows in any case. */
const expUlps = (x: number): number => 4 + 2 * Math.min(Math.abs(x), 110);
const isDouble = (call: Call): boolean => call.input(0).type === "float64";

/** WGSL's absolute error for sine and cosine, 2^-11 (float16: 2^-7), in units of the type's unit roundoff. */
function sineUnits(call: Call): number {
  return isHalf(call) ? 2 ** -7 / formatOf(call).unitRoundoff : 2 ** 13;
}

const formatOf = (call: Call): FloatFormat => FLOAT_FORMATS[call.input(0).type as FloatType];
const isHalf = (call: Call): boolean => formatOf(call).precision <= FLOAT_FORMATS.float16.precision;

/** The relative error of reducing an argument beyond pi. */
const PHASE = 2 ** -6;

const circular =
  (exact: (x: number) => number): LimitOf =>
  (x, call) => ({
    ulps: 1,
    units: sineUnits(call) * Math.max(1, Math.abs(x) / Math.PI),
    ...(Math.abs(x) > Math.PI ? { plausible: (value) => Math.abs(value - exact(x)) <= PHASE * Math.abs(x) } : {}),
  });

/** Sine over cosine, each with an absolute error: (e_sin + |tan| e_cos) / (|cos| - e_cos). */
const tangent: LimitOf = (x, call) => {
  const { unitRoundoff } = formatOf(call);
  const error = sineUnits(call) * unitRoundoff * Math.max(1, Math.abs(x) / Math.PI);
  const room = Math.abs(Math.cos(x)) - error;
  const units = room > 0 ? ((error / unitRoundoff) * (1 + Math.abs(Math.tan(x)))) / room : 0;
  if (room > 0 && Math.abs(x) <= Math.PI) return { ulps: 1, units };
  // Near a pole, or if the argument is reduced: the tangent of a nearby argument.
  const phase = Math.max(error, PHASE * Math.abs(x));
  return { ulps: 1, units, plausible: (value) => isTangentNear(value, x, phase) };
};

function isTangentNear(value: number, x: number, phase: number): boolean {
  const apart = Math.abs(Math.atan(value) - Math.atan(Math.tan(x)));
  return Math.min(apart, Math.PI - apart) <= phase;
}

/** 6.8e-5, or 3.9e-3 in float16. */
const arcSine: LimitOf = (_, call) => ({ ulps: 8, units: isHalf(call) ? 4e-3 / formatOf(call).unitRoundoff : 1300 });

/** log(x + sqrt(x^2 + 1)): cancels for negative x, and x^2 may overflow. */
const inverseSinh: LimitOf = (x) => {
  const argument = Math.exp(Math.asinh(x));
  const error = 12 * Math.max(1, Math.abs(x)) * 2 ** -24;
  if (!(Math.abs(x) < 1e18)) return { ulps: 4, units: 12, plausible: isFarLogarithm };
  if (argument > 2 * error) return { ulps: 4, units: 2 * (error / argument) * 2 ** 24 + 12 };
  return { ulps: 4, units: 12, plausible: (value) => value <= Math.log(argument + error) };
};

/** log(x + sqrt(x^2 - 1)): near 1 the root takes the square root of the rounding error. */
const inverseCosh: LimitOf = (x) => {
  const square = 3 * x * x;
  const root = Math.sqrt(Math.max(x * x - 1, 0));
  const rootError = Math.min(square / root, Math.sqrt(square * 2 ** -24) / 2 ** -24);
  if (!(x >= 1)) return { ulps: 4, units: 20, plausible: isLogarithm };
  if (x >= 1e18) return { ulps: 4, units: 20, plausible: isFarLogarithm };
  return { ulps: 4, units: rootError / (x + root) + 20 };
};

/** The logarithm of an overflow or of zero. */
function isFarLogarithm(value: number): boolean {
  return !(Math.abs(value) < 40) && isLogarithm(value);
}

/** Any logarithm: WGSL defines none for negative numbers and NaN, where shaders use |x| or the bits. */
export function isLogarithm(value: number): boolean {
  return Math.abs(value) === Infinity || Math.abs(value) <= 105;
}

/** For zero, and a subnormal that may be flushed, far below zero; for negative numbers WGSL defines no result. */
const logarithm: LimitOf = (x) => {
  if (x >= 2 ** -125) return { ulps: 4, units: 9 };
  return { ulps: 4, units: 9, plausible: x >= 0 ? (value) => value <= -87 : isLogarithm };
};

/** log((1 + x) / (1 - x)) / 2: at its poles and beyond, half of any logarithm. */
const inverseTanh: LimitOf = (x) => {
  if (Math.abs(x) < 1) return { ulps: 6, units: 16 };
  return { ulps: 6, units: 16, plausible: (value) => isLogarithm(2 * value) };
};

/**
 * WGSL's requirements ("Accuracy of Built-in Functions": exp 3 + 2|x| ULP, log 3 ULP or 2^-21 between 0.5 and 2, sin
 * and cos 2^-11 in [-pi, pi], atan 4096 ULP, asin and acos 6.8e-5, / 2.5 ULP; less in float16), carried through the
 * formulas that shaders use. There erf is Abramowitz and Stegun's 7.1.26 (1.5e-7).
 */
const WGSL: Readonly<Record<string, LimitOf>> = {
  Acos: arcSine,
  Acosh: inverseCosh,
  Asin: arcSine,
  Asinh: inverseSinh,
  Atan: (_, call) => ({ ulps: isHalf(call) ? 8 : 4096, units: 0 }),
  Atanh: inverseTanh,
  Celu: (_, call) => ({ ulps: 8, units: 16 * Math.abs(call.real("alpha", 1)) }),
  Cos: circular(Math.cos),
  Cosh: (x) => ({ ulps: 2 + expUlps(x), units: 0 }),
  Elu: (_, call) => ({ ulps: 4, units: 14 * Math.abs(call.real("alpha", 1)) }),
  Erf: limit(4, 24),
  Exp: (x) => ({ ulps: expUlps(x), units: 0 }),
  FastGelu: times(4, 60),
  Gelu: (x, call) => times(4, isTanhGelu(call) ? 60 : 20)(x, call),
  HardSigmoid: (_, call) => ({ ulps: 1, units: 4 + 3 * Math.abs(call.real("beta", 0.5)) }),
  HardSwish: times(6, 8),
  Log: logarithm,
  Mish: times(20, 40),
  QuickGelu: times(8, 16),
  Selu: (_, call) => ({ ulps: 6, units: 16 * Math.abs(call.real("alpha", 1.67) * call.real("gamma", 1.05)) }),
  Sigmoid: (x) => ({ ulps: 6 + expUlps(x), units: 4 }),
  Sin: circular(Math.sin),
  Sinh: (x) => ({ ulps: 2, units: 2 * (1 + expUlps(x)) * Math.cosh(Math.min(Math.abs(x), 700)) }),
  Softplus: (x) => ({ ulps: 4, units: 20 + 4 * Math.min(Math.abs(x), 20) }),
  Softsign: limit(8),
  Swish: times(8, 16),
  Tan: tangent,
  Tanh: (x) => ({ ulps: 1, units: 12 + 4 * expUlps(Math.min(Math.abs(x), 12)) }),
};

function withMargin({ ulps, units }: MeasuredAccuracy, size: number): Limit {
  return { ulps: Math.max(1, MARGIN * ulps), units: MARGIN * units * size, factor: size };
}

/**
 * Additional errors in double precision, since the table is for float32. Arguments are reduced by a pi of few parts,
 * which loses the last bits of x: usually nothing in sin(x), but everything near a multiple of pi. The constants of
 * GELU's tanh form are float32, so its result has float32 accuracy.
 */
function doubleUnits(name: string, x: number, call: Call): number {
  if (!isDouble(call)) return 0;
  const reduction = 4 * Math.max(1, Math.abs(x));
  if (name === "Sin" || name === "Cos") return reduction;
  if (name === "Tan") return reduction * (1 + Math.tan(x) ** 2);
  return name.endsWith("Gelu") && isTanhGelu(call) ? 10 * 2 ** 29 * Math.max(1, Math.abs(x)) : 0;
}

function larger(left: Limit, right: Limit): Limit {
  return { ...left, ...right, ulps: Math.max(left.ulps, right.ulps), units: Math.max(left.units, right.units) };
}

export type Runtime = Pick<Given, "dialect" | "runsOn">;

/** MARGIN times the measured or, on CUDA, documented error. @param size the unit of absolute errors */
export function measuredLimit(name: string, size: number, { dialect, runsOn }: Runtime): Limit {
  if (dialect === "cuda") return { ulps: MARGIN * CUDA_ULPS[name]!, units: 0, factor: size };
  const { cpu, wasm } = MEASURED[name]!;
  const portable = withMargin(wasm, size);
  return runsOn === "WASM" ? portable : larger(portable, withMargin(cpu, size));
}

/**
 * How far a runtime's kernels are known to exceed a function's range, in units of the format's unit roundoff. Functions
 * of float64 were measured one step outside (Cos).
 */
export function overshootOf(name: string, type: FloatType, { dialect, runsOn }: Runtime): number {
  const measured = MEASURED[name];
  if (dialect !== "ieee" || measured === undefined) return 0;
  // Narrower results are rounded from float32, back to the end of the range.
  if (type !== "float32") return type === "float64" ? 2 : 0;
  const portable = measured.wasm.overshoot ?? 0;
  return runsOn === "WASM" ? portable : Math.max(portable, measured.cpu.overshoot ?? 0);
}

/**
 * The largest error of `name` at x on a runtime.
 * - CPU and WASM: MARGIN times the measured error. A CPU may also have WASM's errors, because WASM's kernels lack fused
 *   multiply-add like those of older CPUs.
 * - Shaders: WGSL's requirement. SwiftShader was measured within it, but another GPU may use all of it.
 * - CUDA: MARGIN times the documented error; for a formula of several functions, WGSL's requirement.
 */
export function limitOf(name: string, x: number, call: Call, runtime: Runtime): Limit {
  const size = APPROXIMATED_FUNCTIONS[name]!.size?.(x, call) ?? 1;
  if (runtime.dialect === "ieee" || (runtime.dialect === "cuda" && CUDA_ULPS[name] !== undefined)) {
    const measured = measuredLimit(name, size, runtime);
    return { ...measured, units: measured.units + doubleUnits(name, x, call) };
  }
  const asked = WGSL[name]!(x, call);
  return { ...asked, units: asked.units + doubleUnits(name, x, call), factor: size };
}
