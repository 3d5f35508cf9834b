/** A number in a JSON document, with its original text. */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  valueOf(): number {
    return Number(this.text);
  }
}

/** JSON.parse passes the source text of primitives to its reviver (ES2026), which TypeScript's types lack. */
type SourceReviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/**
 * JSON.parse, but every number keeps its text, because reading 0.30 as 0.3 would lose its precision.
 * @throws SyntaxError for text that is not JSON
 */
export function parseKeepingNumbers(text: string): unknown {
  const revive: SourceReviver = (_key, value, context) =>
    typeof value === "number" ? new JsonNumber(context?.source ?? String(value)) : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}

/**
 * The texts of an array of numbers, nested or not, in row-major order.
 * @returns null if it contains anything but numbers
 */
export function numeralsOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const numerals: string[] = [];
  for (const element of value as unknown[]) {
    if (element instanceof JsonNumber) numerals.push(element.text);
    else {
      const inner = numeralsOf(element);
      if (inner === null) return null;
      for (const each of inner) numerals.push(each);
    }
  }
  return numerals;
}
