import { isSubnormal } from "../../tensors/float-format.ts";
import { type Limit, measuredLimit, type Runtime } from "./accuracy.ts";
import { formatOf, judgeApproximated, LIMITS } from "./approximated.ts";
import type { Operator } from "./judge.ts";
import { broadcastDims, broadcastPlace } from "./strides.ts";

/** C's pow: 1 for a base of 1 with any exponent, and for -1 with an infinite one. */
function powerOf(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

/** The sign of a power follows from its base, unless a GPU may have flushed the base to an unsigned zero. */
function rangeOf(x: number, y: number): readonly [number, number] {
  const odd = Math.abs(y % 2) === 1;
  if (!Number.isFinite(y) || (odd && Math.abs(x) < LEAST_NORMAL)) return [-Infinity, Infinity];
  return odd && x < 0 ? [-Infinity, 0] : [0, Infinity];
}

const LEAST_NORMAL = 2 ** -126;

/**
 * WGSL: 2^(y log2 x), which multiplies the error of log2 (3 ULP, or 2^-21 between 0.5 and 2) by y. It guarantees
 * nothing for x < 0, or if x or y is not an ordinary number.
 */
function shaderLimit(x: number, y: number): Limit {
  const size = Math.abs(x);
  const logarithm = Math.log2(size);
  const ordinary = size >= LEAST_NORMAL && Number.isFinite(x) && Number.isFinite(y);
  if (!ordinary) return { ulps: 1, units: 0, plausible: (value) => isExtremePower(value, size, y) };
  const logarithmUnits = 6 * Math.abs(logarithm) + (size >= 0.5 && size <= 2 ? 8 : 0);
  const carried = Math.abs(y) * logarithmUnits + Math.abs(y * logarithm);
  const ulps = 6 + 2 * Math.abs(y * logarithm) + carried;
  return { ulps, units: 0, ...(x < 0 ? { plausible: (value) => isPowerOfSize(value, size ** y, ulps) } : {}) };
}

/** 2^(y log2 x) for a zero, subnormal, infinite or NaN base, whose logarithm is below -126 or above 128. */
function isExtremePower(value: number, base: number, y: number): boolean {
  const size = Math.abs(value);
  if (Number.isNaN(value) || !Number.isFinite(y)) return !(size > 0 && size < Infinity) || size === 1;
  const end = y * (base < LEAST_NORMAL ? -126 : 128);
  // Overflow is not defined: SwiftShader returns 0.
  return end > 0 ? size === 0 || size >= 2 ** end * (1 - SLACK) : size <= 2 ** end * (1 + SLACK);
}

const SLACK = 2 ** -10;

/** |x|^y instead of a power of a negative number, or NaN. */
function isPowerOfSize(value: number, power: number, ulps: number): boolean {
  if (Number.isNaN(value) || Math.abs(value) === power) return true;
  if (power > 2 ** 127) return Math.abs(value) === Infinity;
  return Math.abs(Math.abs(value) - power) <= ulps * 2 ** -23 * power + 2 * LEAST_NORMAL;
}

/** Native: the C library's pow, or products for small whole exponents. */
export function powerLimit(x: number, y: number, runtime: Runtime): Limit {
  return runtime.dialect === "shader" ? shaderLimit(x, y) : measuredLimit("Pow", 1, runtime);
}

const power: Operator = (call) => {
  const [base, exponent] = [call.input(0), call.input(1)];
  const format = formatOf(base);
  const dims = broadcastDims([base.dims, exponent.dims]);
  const [ofBase, ofExponent] = [base, exponent].map((input) => broadcastPlace(input.dims, dims));
  return {
    dims,
    bound: { formula: `Pow: ${LIMITS}`, n: 1 },
    judge: (index, given) => {
      const [x, y] = [base.numbers[ofBase!(index)]!, exponent.numbers[ofExponent!(index)]!];
      const held = {
        name: "Pow",
        exact: powerOf(x, y),
        limit: powerLimit(x, y, given),
        range: rangeOf(x, y),
        ...(isSubnormal(format, x) ? { flushed: powerOf(x < 0 ? -0 : 0, y) } : {}),
      };
      return judgeApproximated(format, held, given);
    },
  };
};

export const POWER: Readonly<Record<string, Operator>> = { Pow: power };
