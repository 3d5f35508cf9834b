/** A JSON numeral as (-)digits * 10^exponent, without rounding. */
export interface Numeral {
  readonly digits: bigint;
  readonly exponent: number;
  /** Written digits after the decimal point, with the exponent applied. */
  readonly places: number;
  /** Significant digits; 0 for a zero. */
  readonly significant: number;
  /** The nearest float64. */
  readonly value: number;
}

/** More than a float64 needs (17 digits, exponents up to 10^308), and few enough for exact arithmetic. */
const MAX_NUMERAL_CHARACTERS = 64;
const MAX_EXPONENT = 400;

/** @throws RangeError for text that is not a JSON numeral, or is beyond float64's range */
export function parseNumeral(text: string): Numeral {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const value = Number(text);
  const exponent = Number(power) - fraction.length;
  if (whole === "" || text.length > MAX_NUMERAL_CHARACTERS) throw new RangeError(`${shorten(text)} is not a number`);
  if (!Number.isFinite(value) || Math.abs(exponent) > MAX_EXPONENT) {
    throw new RangeError(`${shorten(text)} is beyond the range of float64`);
  }
  const digits = BigInt(`${whole}${fraction}`);
  return {
    digits: sign === "" ? digits : -digits,
    exponent,
    places: Math.max(0, -exponent),
    significant: digits === 0n ? 0 : String(digits).length,
    value,
  };
}

/** Whether two numerals have the same value, regardless of notation. */
export function sameNumber(left: Numeral, right: Numeral): boolean {
  const lowest = Math.min(left.exponent, right.exponent);
  return left.digits * powerOfTen(left.exponent - lowest) === right.digits * powerOfTen(right.exponent - lowest);
}

/** @param exponent 0 or more */
export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
