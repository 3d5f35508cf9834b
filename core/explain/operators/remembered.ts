/** As many results as a search samples and asks for again. */
const KEPT = 128;

/** Caches a function's latest results: a search asks for the same elements once per order. */
export function remembered<T>(compute: (index: number) => T): (index: number) => T {
  const kept = new Map<number, T>();
  return (index) => {
    if (kept.has(index)) return kept.get(index)!;
    const result = compute(index);
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value!);
    kept.set(index, result);
    return result;
  };
}
