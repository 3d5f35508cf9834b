/** As many results as a search samples and comes back to. */
const KEPT = 128;

/** A function whose latest results are kept: a search asks for the same elements once an order. */
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
