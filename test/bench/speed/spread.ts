/** What several samples of one figure say together. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly samples: number;
}

/** @throws RangeError for no samples: without measurements there is no figure */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((left, right) => left - right);
  return {
    median: quantile(sorted, 0.5),
    lowest: sorted[0] ?? NaN,
    highest: sorted.at(-1) ?? NaN,
    samples: sorted.length,
  };
}

/**
 * The smallest sample that at least `share` of all samples do not exceed (nearest rank), but the mean of the middle two
 * for the median of an even number.
 * @throws RangeError for no samples
 */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError("There are no samples.");
  const sorted = samples.toSorted((left, right) => left - right);
  const rank = share * sorted.length;
  if (share === 0.5 && Number.isInteger(rank)) return ((sorted[rank - 1] ?? NaN) + (sorted[rank] ?? NaN)) / 2;
  return sorted[Math.max(0, Math.ceil(rank) - 1)] ?? NaN;
}

/** Of each turn, one figure over the other: what the machine did meanwhile met both alike. */
export function pairedRatio(over: readonly number[], under: readonly number[]): Spread {
  return spreadOf(paired(over, under, (left, right) => left / right));
}

/** Of each turn, one figure less the other. */
export function pairedDifference(of: readonly number[], less: readonly number[]): Spread {
  return spreadOf(paired(of, less, (left, right) => left - right));
}

function paired(
  left: readonly number[],
  right: readonly number[],
  join: (left: number, right: number) => number,
): number[] {
  if (left.length !== right.length)
    throw new RangeError(`${left.length} samples cannot be paired with ${right.length}.`);
  return left.map((each, turn) => join(each, right[turn] ?? NaN));
}
