/** What GraphQL may print of a refused value; the message is cut there anyway (wire-errors.ts). */
const MAX_PRINTED_CHARACTERS = 2_000;

/** Whether a JSON value is short when printed. Looks at no more of it than it takes to see that it is not. */
export function isPrintedShort(value: unknown): boolean {
  return charactersLeft(value, MAX_PRINTED_CHARACTERS) >= 0;
}

function charactersLeft(value: unknown, limit: number): number {
  if (typeof value === "string") return limit - value.length;
  if (typeof value !== "object" || value === null) return limit - 1;
  let left = limit - 1;
  for (const key in value) {
    left = charactersLeft((value as Readonly<Record<string, unknown>>)[key], left - key.length);
    if (left < 0) break;
  }
  return left;
}
