/** A tensor of exact dyadic numbers: element = units x 2^exponent. The oracle has no other arithmetic than BigInt's. */
export interface Exact {
  readonly kind: "exact";
  readonly dims: readonly number[];
  readonly exponent: number;
  readonly units: readonly bigint[];
}

/** Integers that shapes are made of. */
export interface Integers {
  readonly kind: "integers";
  readonly dims: readonly number[];
  readonly elements: readonly number[];
}

export type Value = Exact | Integers;

/** Finer than any grid in the suite. */
const FINEST_EXPONENT = -150;

export function exact(dims: readonly number[], exponent: number, units: readonly bigint[]): Exact {
  return { kind: "exact", dims, exponent, units };
}

/** BigInt arithmetic on more elements than this costs time and memory, and proves nothing that fewer do not. */
const MOST_ELEMENTS = 2 ** 20;

/** The oracle could compute it, but it is too much work: a runtime may well answer. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** To be called before so many elements are made. @throws TooLarge */
export function limitSize(elements: number): void {
  if (elements > MOST_ELEMENTS) throw new TooLarge(`${elements} elements are more than the oracle computes`);
}

export function volume(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function fromFloats(data: ArrayLike<number>, dims: readonly number[]): Exact {
  const values = Array.from(data);
  let exponent = 0;
  while (exponent > FINEST_EXPONENT && !values.every((value) => Number.isInteger(value / 2 ** exponent))) exponent -= 1;
  return exact(
    dims,
    exponent,
    values.map((value) => BigInt(value / 2 ** exponent)),
  );
}

/** The same numbers counted in finer units. */
export function finer(value: Exact, exponent: number): readonly bigint[] {
  const shift = BigInt(value.exponent - exponent);
  return shift === 0n ? value.units : value.units.map((unit) => unit << shift);
}

/** Every element as a float32; null where one is none, which no correct certificate allows. */
export function toFloats({ units, exponent }: Exact): Float32Array | null {
  const floats = new Float32Array(units.length);
  for (const [at, unit] of units.entries()) {
    const value = toFloat(unit, exponent);
    if (value === null) return null;
    floats[at] = value;
  }
  return floats;
}

function toFloat(unit: bigint, exponent: number): number | null {
  let significand = unit;
  let shift = exponent;
  while (significand !== 0n && significand % 2n === 0n) {
    significand /= 2n;
    shift += 1;
  }
  if (significand >= 1n << 24n || significand <= -(1n << 24n)) return null;
  return Number(significand) * 2 ** shift;
}

export function fromIntegers({ dims, elements }: Integers): Exact {
  return exact(dims, 0, elements.map(BigInt));
}

export function toIntegers({ dims, exponent, units }: Exact): Integers {
  return { kind: "integers", dims, elements: units.map((unit) => Number(unit << BigInt(exponent))) };
}

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function magnitudes(value: Exact): Exact {
  return exact(value.dims, value.exponent, value.units.map(abs));
}
