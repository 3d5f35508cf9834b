import { IsobitError } from "../errors.ts";
import { bitsOf, isFiniteBits, ulpDistance } from "../tensors/bits.ts";

/**
 * The allowed difference from the reference: |a-b| <= abs, or |a-b| <= rel * |reference|, or ULP distance <= ulp. If
 * all are absent, bits must be equal.
 */
export interface Tolerance {
  readonly abs?: number | null | undefined;
  readonly rel?: number | null | undefined;
  /** Steps between neighbouring float32 values. */
  readonly ulp?: number | null | undefined;
}

/** The difference between two arrays of one length, counted and summed in double precision. */
export interface Drift {
  /** Elements whose bits differ; -0 and +0 differ, and so do NaN payloads. */
  differing: number;
  /** Differing elements beyond the tolerance. */
  beyond: number;
  /** Elements finite on both sides, which the metrics below cover. */
  finite: number;
  /** Elements that are NaN or infinite on at least one side. */
  nonFinite: number;
  /** Those whose bits differ. */
  differingNonFinite: number;
  maxAbs: number;
  sumAbs: number;
  sumSquares: number;
  maxUlp: number;
}

export function noDrift(): Drift {
  return {
    differing: 0,
    beyond: 0,
    finite: 0,
    nonFinite: 0,
    differingNonFinite: 0,
    maxAbs: 0,
    sumAbs: 0,
    sumSquares: 0,
    maxUlp: 0,
  };
}

/**
 * Compares `other` with `reference`, element by element. A NaN or an infinite difference is beyond every tolerance
 * unless the bits are equal.
 * @throws RangeError if the lengths differ
 */
export function measureDrift(reference: Float32Array, other: Float32Array, tolerance: Tolerance | null): Drift {
  if (reference.length !== other.length) {
    throw new RangeError(`${other.length} elements cannot be compared with ${reference.length}.`);
  }
  // NaN for an absent bound: no comparison with it holds, not even 0 <= NaN.
  const abs = tolerance?.abs ?? NaN;
  const rel = tolerance?.rel ?? NaN;
  const ulp = tolerance?.ulp ?? NaN;
  const referenceBits = bitsOf(reference);
  const otherBits = bitsOf(other);
  const drift = noDrift();
  for (let index = 0; index < referenceBits.length; index++) {
    const a = referenceBits[index]!;
    const b = otherBits[index]!;
    const finite = isFiniteBits(a) && isFiniteBits(b);
    if (finite) drift.finite++;
    else drift.nonFinite++;
    if (a === b) continue;
    drift.differing++;
    if (!finite) {
      drift.differingNonFinite++;
      drift.beyond++;
      continue;
    }
    const expected = reference[index]!;
    const distance = Math.abs(expected - other[index]!);
    const steps = ulpDistance(a, b);
    if (distance > drift.maxAbs) drift.maxAbs = distance;
    if (steps > drift.maxUlp) drift.maxUlp = steps;
    drift.sumAbs += distance;
    drift.sumSquares += distance * distance;
    if (!(distance <= abs || distance <= rel * Math.abs(expected) || steps <= ulp)) drift.beyond++;
  }
  return drift;
}

export function addDrift(total: Drift, row: Drift): void {
  total.differing += row.differing;
  total.beyond += row.beyond;
  total.finite += row.finite;
  total.nonFinite += row.nonFinite;
  total.differingNonFinite += row.differingNonFinite;
  total.maxAbs = Math.max(total.maxAbs, row.maxAbs);
  total.sumAbs += row.sumAbs;
  total.sumSquares += row.sumSquares;
  total.maxUlp = Math.max(total.maxUlp, row.maxUlp);
}

/** True if `left` drifts further: by non-finite differences first, then by ULP, then by the absolute difference. */
export function driftsFurther(left: Drift, right: Drift): boolean {
  if (left.differingNonFinite !== right.differingNonFinite) return left.differingNonFinite > right.differingNonFinite;
  if (left.maxUlp !== right.maxUlp) return left.maxUlp > right.maxUlp;
  return left.maxAbs > right.maxAbs;
}

/** @throws IsobitError BAD_INPUT for an unknown bound, and for one that is not a finite number, 0 or more */
export function checkTolerance(tolerance: Tolerance | undefined): Tolerance | null {
  if (tolerance === undefined) return null;
  if (typeof tolerance !== "object" || tolerance === null) {
    throw new IsobitError("BAD_INPUT", `The tolerance is ${String(tolerance)}; it must be { abs, rel, ulp }.`);
  }
  for (const [name, bound] of Object.entries(tolerance) as [string, unknown][]) {
    if (!["abs", "rel", "ulp"].includes(name)) {
      throw new IsobitError("BAD_INPUT", `tolerance.${name} is unknown; a tolerance has abs, rel and ulp.`);
    }
    if (bound != null && !(typeof bound === "number" && bound >= 0 && bound < Infinity)) {
      throw new IsobitError(
        "BAD_INPUT",
        `tolerance.${name} is ${String(bound)}; it must be a finite number, 0 or more.`,
      );
    }
  }
  return tolerance;
}
