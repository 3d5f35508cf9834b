import { NO_NUMBER } from "../format.ts";

/** A probability, 0 to 1. Only an exact 0 reads as 0 % and only an exact 1 as 100 %. */
export function formatPercent(probability: number | null): string {
  if (probability === null) return NO_NUMBER;
  if (probability === 0 || probability === 1) return `${probability * 100} %`;
  const text = (probability * 100).toFixed(1);
  if (text === "100.0") return "> 99.9 %";
  return text === "0.0" ? "< 0.1 %" : `${text} %`;
}
