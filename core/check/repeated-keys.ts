/** Whether an object in a JSON text repeats a key: readers differ in which one they use. @param value the text, parsed */
export function hasRepeatedKeys(text: string, value: unknown): boolean {
  // Each match is a whole string; a colon makes it a key.
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
  return written !== keysIn(value);
}

function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
