/** Takes one sample of one thing. */
export type Taker = () => Promise<number>;

/**
 * One sample of each, then of each again: A B A B. So a machine that grows slower or is shared meanwhile slows all of
 * them alike, and their ratios within a turn still hold.
 */
export async function inTurns<Name extends string>(
  turns: number,
  takers: Readonly<Record<Name, Taker>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(takers) as Name[];
  const taken = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>;
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) taken[name].push(await takers[name]());
  }
  return taken;
}
