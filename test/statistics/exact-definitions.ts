/* Rational arithmetic on BigInt: the textbook definitions, with no rounding at all until the end. */

export interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

export function rational(double: number): Rational {
  if (!Number.isFinite(double)) throw new RangeError(`${double} is not a number`);
  let exponent = 0;
  let value = double;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent++;
  }
  return { over: BigInt(value), under: 1n << BigInt(exponent) };
}

function plus(left: Rational, right: Rational): Rational {
  return { over: left.over * right.under + right.over * left.under, under: left.under * right.under };
}

export function minus(left: Rational, right: Rational): Rational {
  return plus(left, { over: -right.over, under: right.under });
}

export function times(left: Rational, right: Rational): Rational {
  return { over: left.over * right.over, under: left.under * right.under };
}

export function sumOf(terms: readonly Rational[]): Rational {
  return terms.reduce(plus, { over: 0n, under: 1n });
}

export function divide(left: Rational, by: number): Rational {
  return { over: left.over, under: left.under * BigInt(by) };
}

/** Correct to the last digits of a double. */
export function toNumber({ over, under }: Rational): number {
  if (over === 0n) return 0;
  const magnitude = over < 0n ? -over : over;
  // 80 leading bits of the quotient are more than a double holds.
  const shift = BigInt(Math.max(0, 80 - (magnitude.toString(2).length - under.toString(2).length)));
  const quotient = (magnitude << shift) / under;
  let value = Number(quotient);
  for (let left = Number(shift); left > 0; left -= 500) value /= 2 ** Math.min(left, 500);
  return over < 0n ? -value : value;
}
