import { FLOAT_FORMATS, isFloatType } from "../tensors/float-format.ts";

/** A value this many times smaller than the other one is next to zero. */
const FAR_SMALLER = 1000;

/**
 * What a large ULP distance means, with |delta|. Floats are dense around zero, so millions of steps may separate two
 * values that hardly differ.
 * @param values the elements that lie `ulp` steps apart; null where they are not known
 * @returns null for a distance that needs no words: with p bits of precision, 2^(p-1) steps or more separate only values
 *   of opposite signs, or of which one is at least twice the other
 */
export function ulpMeaning(
  type: string,
  ulp: number | null,
  values: { readonly reference: number; readonly other: number } | null,
): string | null {
  if (ulp === null || !isFloatType(type) || ulp < 2 ** (FLOAT_FORMATS[type].precision - 1)) return null;
  if (values === null) return "opposite signs, or one value next to zero";
  const { reference, other } = values;
  const delta = `|delta| ${Number(Math.abs(reference - other).toPrecision(3))}`;
  const [smaller, larger] = [Math.abs(reference), Math.abs(other)].toSorted((left, right) => left - right);
  if (smaller! * FAR_SMALLER < larger!) return `one value is next to zero, ${delta}`;
  if (reference < 0 !== other < 0) return `opposite signs, ${delta}`;
  return `a factor of ${Number((larger! / smaller!).toPrecision(3))} apart, ${delta}`;
}
