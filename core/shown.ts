const MAX_SHOWN = 200;

/** A caller's value as a message shows it: JSON, cut, and without descending into a value that is nested deeply. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null && !isPrintedShort(value, MAX_SHOWN))
    return Array.isArray(value) ? "a long list" : "a large object";
  const text = typeof value === "string" && value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return JSON.stringify(text);
}

/** Whether a JSON value has at most this many characters when printed, about. Stops reading as soon as it has more. */
export function isPrintedShort(value: unknown, limit: number): boolean {
  return charactersLeft(value, limit) >= 0;
}

function charactersLeft(value: unknown, limit: number): number {
  if (typeof value === "string") return limit - value.length;
  if (typeof value !== "object" || value === null || limit <= 0) return limit - 1;
  let left = limit - 1;
  for (const key in value) {
    left = charactersLeft((value as Readonly<Record<string, unknown>>)[key], left - key.length);
    if (left < 0) break;
  }
  return left;
}
