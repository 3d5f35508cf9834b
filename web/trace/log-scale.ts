/** A logarithmic axis that also has a place for 0. */
export interface LogScale {
  /** The place of 0: one step below the smallest decade. */
  readonly floor: number;
  /** The largest decade. */
  readonly top: number;
}

/** An axis for all finite values, even if they are all 0. */
export function logScale(values: readonly (number | null)[]): LogScale {
  const logs = values
    .filter((value) => value !== null && value > 0 && Number.isFinite(value))
    .map((value) => Math.log10(value ?? 0));
  if (logs.length === 0) return { floor: -1, top: 1 };
  const floor = Math.floor(Math.min(...logs)) - 1;
  return { floor, top: Math.max(Math.ceil(Math.max(...logs)), floor + 2) };
}

/** The place of a value on the axis; null if it is not finite. */
export function placeOf(value: number | null, { floor }: LogScale): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return value === 0 ? floor : Math.log10(value);
}

/** About `most` decades at most, always including 0. */
export function ticksOf({ floor, top }: LogScale, most: number): number[] {
  const step = Math.max(1, Math.ceil((top - floor - 1) / Math.max(most - 1, 1)));
  const ticks = [floor];
  for (let tick = floor + 1; tick <= top; tick += step) ticks.push(tick);
  return ticks;
}

/** "0", "1", "1,000", "10⁻⁷" */
export function tickText(tick: number, { floor }: LogScale): string {
  if (tick === floor) return "0";
  if (tick >= 0 && tick <= 4) return (10 ** tick).toLocaleString("en-US");
  return `10${[...String(tick)].map((character) => SUPERSCRIPTS[character] ?? "").join("")}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};
