import { LOWEST_UNIT_EXPONENT, VALUE_CEILING_EXPONENT } from "./limits.ts";
import { largest, ZERO, type Range } from "./range.ts";

/** What is wrong with a tensor whose unit is too fine or whose values are too large, as the end of a sentence; null if nothing. */
export function zoneComplaint(ranges: readonly Range[]): string | null {
  const used = ranges.filter((each) => each !== ZERO);
  const finest = used.find(({ exponent }) => exponent < LOWEST_UNIT_EXPONENT);
  if (finest !== undefined) {
    return (
      `has a unit of 2^${finest.exponent}; the proof needs units of at least 2^${LOWEST_UNIT_EXPONENT}, because finer products may underflow. ` +
      "Round it to multiples of a larger power of two."
    );
  }
  const large = used.find((each) => largest(each) * 2 ** each.exponent >= 2 ** VALUE_CEILING_EXPONENT);
  if (large === undefined) return null;
  return `reaches ${largest(large) * 2 ** large.exponent}; the proof needs values below 2^${VALUE_CEILING_EXPONENT}. Scale it down by a power of two.`;
}
