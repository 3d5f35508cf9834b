/** Stands for a missing number; never a 0, which would claim equality. */
export const NO_NUMBER = "–";

/** The absolute difference in a heading; the word joiner prevents a line break after the first bar. */
export const ABSOLUTE_DELTA = "|\u2060Δ|";

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const THREE_DIGITS = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const LIST = new Intl.ListFormat("en", { type: "conjunction" });

/** A whole number with thousands separators: 16,777,216. ULP distances reach 4,278,190,081. */
export function formatCount(value: number | null): string {
  return value === null ? NO_NUMBER : COUNT.format(value);
}

/** A difference of logits: 7.2e-7, 0.0123, 2,860. Only an exact 0 is shown as 0. */
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

/** A limit on bytes or a size above it, in powers of two: 10 MiB, 10.1 MiB. Rounded up, so that the two never look equal. */
export function formatMebibytes(value: number): string {
  return `${Math.ceil((value / 1024 / 1024) * 10) / 10} MiB`;
}

/** "1 image", "10 images" */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** "WASM and CPU", "WASM, CPU, and CUDA" */
export function conjunction(names: readonly string[]): string {
  return LIST.format(names);
}

/** A probability, 0 to 1. Only an exact 0 is shown as 0 % and only an exact 1 as 100 %. */
export function formatPercent(probability: number | null): string {
  if (probability === null) return NO_NUMBER;
  if (probability === 0 || probability === 1) return `${probability * 100} %`;
  const text = (probability * 100).toFixed(1);
  if (text === "100.0") return "> 99.9 %";
  return text === "0.0" ? "< 0.1 %" : `${text} %`;
}
