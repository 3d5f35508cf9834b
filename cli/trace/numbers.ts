/** Three digits are enough to see a drift; --json has all of them. */
export function number(value: number | null): string {
  if (value === null) return "-";
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toExponential(2);
}

/** Never rounded up to 100 %, nor down to 0. */
export function percent(share: number): string {
  const hundredths = Math.round(share * 10_000);
  const shown = share < 1 ? Math.min(hundredths, 9_999) : Math.max(hundredths, share > 1 ? 10_001 : 10_000);
  return share > 0 && shown === 0 ? "under 0.01 %" : `${shown / 100} %`;
}

export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount.toLocaleString("en-US")} ${amount === 1 ? noun : plural}`;
}
