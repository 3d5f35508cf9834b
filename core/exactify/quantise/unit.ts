/** The next number up that has at most so many bits behind its first one. */
export function roundedUp(value: number, bits: number): number {
  let power = 1;
  while (power > value) power /= 2;
  while (power * 2 <= value) power *= 2;
  const step = power / 2 ** bits;
  return Math.ceil(value / step) * step;
}
