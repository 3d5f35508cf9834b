/** GraphQL's Float excludes NaN and infinity; null says "not finite" without failing the whole response. */
export function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Options of a Float field that is null where its number is not finite or absent. */
export function finite<const Key extends string>(key: Key, description: string) {
  return {
    nullable: true,
    description,
    resolve: (parent: Readonly<Record<Key, number | null>>): number | null => finiteOrNull(parent[key]),
  } as const;
}
