import { sameBits } from "../tensors/bits.ts";
import { parseNumeral, sameNumber } from "./numeral.ts";
import type { GivenAnswer, PeerValues } from "./peer.ts";
import { decimalVector } from "./rounding.ts";

/**
 * Whether two answers of one peer to one request agree in every bit of every value, in every numeral as a number (0.30
 * is 0.3), and in the class that the peer names. Times and notes do not count.
 */
export function sameAnswer(left: GivenAnswer, right: GivenAnswer): boolean {
  return left.classIndex === right.classIndex && sameValues(left.values, right.values);
}

function sameValues(left: PeerValues, right: PeerValues): boolean {
  if (left.precision === "BITS" && right.precision === "BITS") {
    return sameBits(left.floats, right.floats);
  }
  if (left.precision === "DECIMAL" && right.precision === "DECIMAL") {
    return (
      left.numerals.length === right.numerals.length &&
      left.numerals.every((each, index) => sameNumber(parseNumeral(each), parseNumeral(right.numerals[index]!)))
    );
  }
  return left.precision === "BITS" ? isWrittenAs(left, right) : isWrittenAs(right, left);
}

/** A server may answer once in bits and once as text; they agree if the text represents the bits. */
function isWrittenAs(bits: PeerValues, text: PeerValues): boolean {
  if (bits.precision !== "BITS" || text.precision !== "DECIMAL") return false;
  const { values, equals } = decimalVector(text.numerals);
  return values.length === bits.floats.length && bits.floats.every((each, index) => equals(index, each));
}
