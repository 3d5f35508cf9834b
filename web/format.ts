/** Stands where there is no number; never a 0, which would claim equality. */
export const NO_NUMBER = "–";

/** The absolute difference as a heading; the word joiner keeps a line from breaking after the first bar. */
export const ABSOLUTE_DELTA = "|\u2060Δ|";

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const THREE_DIGITS = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** A whole number with thousands separators: 16,777,216. ULP distances reach 4,278,190,081. */
export function formatCount(value: number | null): string {
  return value === null ? NO_NUMBER : COUNT.format(value);
}

/** A difference of logits: 7.2e-7, 0.0123, 2,860. Only an exact 0 reads as 0. */
export function formatDelta(value: number | null): string {
  if (value === null) return NO_NUMBER;
  if (value === 0) return "0";
  if (value >= 0.001 && value < 1_000_000) return THREE_DIGITS.format(value);
  return value.toExponential(1).replace("e+", "e");
}

/** A duration given in ms: 0.42 ms, 1.23 s. */
export function formatMilliseconds(value: number | null): string {
  if (value === null) return NO_NUMBER;
  if (value > 0 && value < 0.01) return "< 0.01 ms";
  if (value < 10) return `${value.toFixed(2)} ms`;
  if (value < 1000) return `${value.toFixed(0)} ms`;
  return `${THREE_DIGITS.format(value / 1000)} s`;
}

/** A file's size, in powers of ten: 87.3 kB, 1.2 MB. */
export function formatBytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${THREE_DIGITS.format(value / 1000)} kB`;
  return `${THREE_DIGITS.format(value / 1_000_000)} MB`;
}

/** A bound on bytes, and what is over it, in powers of two: 10 MiB, 10.1 MiB. Rounded up, so that what is over reads so. */
export function formatMebibytes(value: number): string {
  return `${Math.ceil((value / 1024 / 1024) * 10) / 10} MiB`;
}

/** "1 image", "10 images", "62 of 100 logits" keeps the plural of its last number. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A probability, 0 to 1. Only an exact 0 reads as 0 % and only an exact 1 as 100 %. */
export function formatPercent(probability: number | null): string {
  if (probability === null) return NO_NUMBER;
  if (probability === 0 || probability === 1) return `${probability * 100} %`;
  const text = (probability * 100).toFixed(1);
  if (text === "100.0") return "> 99.9 %";
  return text === "0.0" ? "< 0.1 %" : `${text} %`;
}
