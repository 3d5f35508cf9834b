/** GraphQL's Float has no NaN or infinity; null says "not finite" without failing the whole answer. */
export function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
