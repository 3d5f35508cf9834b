/** Three digits are enough to see a drift; the JSON and CSV files hold all of them. */
export function short(metric: number | null | undefined): string {
  if (metric === null || metric === undefined) return "-";
  const size = Math.abs(metric);
  if (Number.isInteger(metric) && size < 1e15) return String(metric);
  return size >= 0.01 && size < 1000 ? String(Number(metric.toPrecision(3))) : metric.toExponential(2);
}

/** A median of whole steps may end in a half: "1234.5". Never in powers of ten, like the largest distance next to it. */
export function medianSteps(median: number | null | undefined): string {
  return median == null || median >= 1e15 ? short(median) : String(Number(median.toFixed(1)));
}

/** "3 images", "1 image". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A cosine near 1 says nothing as a rounded decimal: "1 - 3.2e-13". */
export function nearOne(similarity: number | null): string {
  if (similarity === null) return "-";
  const missing = 1 - similarity;
  if (missing === 0) return "1";
  return missing < 1e-3 ? `1 - ${missing.toExponential(1)}` : similarity.toFixed(6);
}

export function decibels(level: number | null): string {
  return level === null ? "-" : `${level.toFixed(1)} dB`;
}

/** 0 to 1. No share but 1 is shown as 100 %. */
export function percent(share: number): string {
  const shown = (share * 100).toFixed(2).replace(/\.?0+$/, "");
  if (shown === "100" && share < 1) return "99.99 %";
  return `${shown} %`;
}
