import type { Spread } from "./spread.ts";

/** A figure as a person reads it: three digits that matter, thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** The median, and from what to what. */
export function spreadText({ median, lowest, highest, samples }: Spread): string {
  return samples === 1 ? figure(median) : `${figure(median)} (${figure(lowest)} to ${figure(highest)})`;
}

export function times(ratio: Spread): string {
  return ratio.samples === 1
    ? `${figure(ratio.median)} x`
    : `${figure(ratio.median)} x (${figure(ratio.lowest)} to ${figure(ratio.highest)})`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
