import { EXACT_UNITS } from "#core/certify/limits.ts";
import type { Range } from "#core/certify/range.ts";
import type { FloatValue } from "#core/certify/value.ts";
import { stridesOf } from "./oracle/indexing.ts";
import type { Exact } from "./oracle/exact.ts";
import type { Truth } from "./oracle/evaluate.ts";

/**
 * What a claim about a tensor gets wrong about one true value of it, in words; null: nothing.
 * @param symbols what each dynamic dimension has turned out to be, filled in as claims name them
 */
export function falsehood(claim: FloatValue, truth: Truth, symbols: Map<string, number>): string | null {
  const value = truth.value as Exact;
  const terms = truth.terms as Exact;
  const shape = shapeFalsehood(claim, value, symbols);
  if (shape !== null) return shape;
  const step = value.dims.length >= 2 ? stridesOf(value.dims)[1]! : 1;
  const count = claim.ranges.length;
  for (const [at, unit] of value.units.entries()) {
    const range = claim.ranges[count === 1 ? 0 : Math.floor(at / step) % count]!;
    const wrong = elementFalsehood(range, [unit, value.exponent], [terms.units[at]!, terms.exponent]);
    if (wrong !== null) return `element ${at}: ${wrong}`;
  }
  return null;
}

function shapeFalsehood({ dims, ranges }: FloatValue, value: Exact, symbols: Map<string, number>): string | null {
  if (dims === null) return ranges.length === 1 ? null : "channels of an unknown shape are distinguished";
  if (dims.length !== value.dims.length) return `it has ${value.dims.length} dimensions instead of ${dims.length}`;
  for (const [axis, dim] of dims.entries()) {
    const size = value.dims[axis]!;
    if (typeof dim === "string" && !symbols.has(dim)) symbols.set(dim, size);
    const claimed = typeof dim === "string" ? symbols.get(dim) : dim;
    if (claimed !== size) return `its dimension ${axis} is ${size} instead of ${dim} (${claimed})`;
  }
  return ranges.length === 1 || ranges.length === dims[1]
    ? null
    : `it has ${ranges.length} ranges for ${dims[1]} channels`;
}

type Dyadic = readonly [units: bigint, exponent: number];

function elementFalsehood({ exponent, lo, hi, terms }: Range, value: Dyadic, sum: Dyadic): string | null {
  if (value[0] === 0n && sum[0] === 0n) return lo <= 0 && hi >= 0 ? null : `0 is outside ${lo} to ${hi}`;
  const units = inUnits(value, exponent);
  if (units === null) return `${value[0]} x 2^${value[1]} is off the grid 2^${exponent}`;
  if (!Number.isInteger(lo) || !Number.isInteger(hi)) return `${lo} to ${hi} are not whole units`;
  if (units < BigInt(lo) || units > BigInt(hi)) return `${units} is outside ${lo} to ${hi}`;
  const total = inUnits(sum, exponent) ?? BigInt(EXACT_UNITS) ** 4n;
  return total <= BigInt(Math.floor(terms)) ? null : `its terms come to ${total} units, more than ${terms}`;
}

/** Null where it is not a whole number of units. */
function inUnits([units, from]: Dyadic, exponent: number): bigint | null {
  if (from >= exponent) return units << BigInt(from - exponent);
  const unit = 1n << BigInt(exponent - from);
  return units % unit === 0n ? units / unit : null;
}
