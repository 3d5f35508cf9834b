export interface ProbabilityDrift {
  readonly maxAbs: number;
  readonly meanAbs: number;
  /** Square root of the sum of squared differences. */
  readonly l2: number;
}

/**
 * The distance between two probability vectors, as Paragon's harness measures it.
 * @returns null if one is missing or not finite, or the lengths differ
 */
export function probabilityDrift(
  reference: readonly (number | null)[],
  other: readonly (number | null)[],
): ProbabilityDrift | null {
  if (reference.length === 0 || reference.length !== other.length) return null;
  let maxAbs = 0;
  let sumAbs = 0;
  let sumSquares = 0;
  for (const [index, expected] of reference.entries()) {
    const actual = other[index];
    if (expected === null || actual === null || actual === undefined) return null;
    const distance = Math.abs(expected - actual);
    maxAbs = Math.max(maxAbs, distance);
    sumAbs += distance;
    sumSquares += distance * distance;
  }
  return { maxAbs, meanAbs: sumAbs / reference.length, l2: Math.sqrt(sumSquares) };
}
