import type { Arithmetic } from "./arithmetic.ts";

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

/** The same for results that also depend on the arithmetic's dialect. */
export function rememberedByDialect<T>(
  compute: (arithmetic: Arithmetic, index: number) => T,
): (arithmetic: Arithmetic, index: number) => T {
  const byDialect = new Map<string, (index: number) => T>();
  return (arithmetic, index) => {
    const known = byDialect.get(arithmetic.dialect) ?? remembered((at) => compute(arithmetic, at));
    byDialect.set(arithmetic.dialect, known);
    return known(index);
  };
}
