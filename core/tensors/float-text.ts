/**
 * The shortest decimal that reads back as the same float32, as a JSON numeral. Nine digits always suffice.
 * -0 is written -0.0, since readers take -0 as an integer and lose its sign.
 * @param value a float32
 * @throws RangeError for NaN and infinities, which JSON cannot write
 */
export function float32Text(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written in JSON`);
  if (Object.is(value, -0)) return "-0.0";
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}
