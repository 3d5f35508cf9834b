import { float32Text } from "../tensors/float-text.ts";
import { type Numeral, parseNumeral, powerOfTen, sameNumber } from "./numeral.ts";

/*
 * Decides whether a number rounds to a text. A numeral alone does not show how it was rounded, because JSON writers
 * drop trailing zeros: 0.5 may be 0.500000. So the most precise numerals of the whole vector determine the rounding.
 */

/** The least precision assumed, so that [1, 0] is not taken for [0.96, 0.04] rounded to whole numbers. */
const LEAST_PLACES = 3;
const LEAST_PLACES_OF_WHOLE_NUMBERS = 6;
const LEAST_DIGITS = 6;

export interface DecimalVector {
  /** The nearest float64 of each element. */
  readonly values: readonly number[];
  /** Whether a number, rounded like this text, equals the element at that index. */
  equals(index: number, other: number): boolean;
}

/**
 * One vector as a peer wrote it. An element equals a number within half a unit of its last digit, using the coarser of
 * two readings: as many decimal places as any element shows, or as many significant digits. It also equals the float64
 * that a reader parses and, if every element is the shortest text of a float32, any number that rounds to that float32.
 * @throws RangeError for an element that is not a JSON numeral
 */
export function decimalVector(numerals: readonly string[]): DecimalVector {
  const parsed = numerals.map(parseNumeral);
  const shown = Math.max(...parsed.map(fractionPlaces), 0);
  const places = shown === 0 ? LEAST_PLACES_OF_WHOLE_NUMBERS : Math.max(shown, LEAST_PLACES);
  const digits = Math.max(...parsed.map(({ significant }) => significant), LEAST_DIGITS);
  const float32 = parsed.every(isFloat32Text);
  return {
    values: parsed.map(({ value }) => value),
    equals(index, other) {
      const numeral = parsed[index];
      if (numeral === undefined || !Number.isFinite(other)) return false;
      if (other === numeral.value) return true;
      const unitPlaces = numeral.significant === 0 ? places : Math.min(places, digits - 1 - leadingPower(numeral));
      if (isWithinHalfUnit(other, numeral, unitPlaces)) return true;
      return float32 && Math.fround(other) === Math.fround(numeral.value);
    },
  };
}

/** 0 for 1.0, which some writers use to mark a whole number as a float; 1.0000 was rounded to four places. */
function fractionPlaces({ places, value }: Numeral): number {
  return Number.isInteger(value) && places === 1 ? 0 : places;
}

/** The power of ten of the first nonzero digit. */
function leadingPower({ significant, exponent }: Numeral): number {
  return significant - 1 + exponent;
}

function isFloat32Text(numeral: Numeral): boolean {
  const nearest = Math.fround(numeral.value);
  return Number.isFinite(nearest) && sameNumber(numeral, parseNumeral(float32Text(nearest)));
}

/** |other - numeral| <= 10^-places / 2 without rounding, in multiples of a common unit. */
function isWithinHalfUnit(other: number, { digits, exponent }: Numeral, places: number): boolean {
  const { mantissa, halvings } = asFraction(other);
  const scale = Math.max(places, -exponent, 0);
  const twos = 1n << BigInt(halvings);
  const left = mantissa * powerOfTen(scale);
  const right = digits * powerOfTen(exponent + scale) * twos;
  const distance = left > right ? left - right : right - left;
  return 2n * distance <= powerOfTen(scale - places) * twos;
}

/** A finite float64 as mantissa / 2^halvings (IEEE 754: 52 bits of fraction, exponent bias 1023). */
function asFraction(value: number): { mantissa: bigint; halvings: number } {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const power = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const magnitude = power === 0 ? fraction : fraction | (1n << 52n);
  const shift = Math.max(power, 1) - 1075;
  const signed = value < 0 ? -magnitude : magnitude;
  return shift >= 0 ? { mantissa: signed << BigInt(shift), halvings: 0 } : { mantissa: signed, halvings: -shift };
}
