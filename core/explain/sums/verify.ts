import { Emulator } from "./candidate.ts";
import type { SumProblem } from "./problem.ts";
import type { Pair } from "./rank.ts";
import type { BySource } from "../sources.ts";

export interface Verified {
  readonly pair: BySource<Pair["reference"]>;
  /** 1 for each element whose bits are reproduced on both sources. */
  readonly hits: Uint8Array;
  readonly matches: number;
  readonly visited: number;
  /** Visited elements that are not known to be wrong. */
  readonly eligible: number;
}

/**
 * Checks a pair of candidates on all elements.
 * @param visited indices to check; null: all
 * @param wrong 1 for elements that no order can reproduce
 */
export function verify(
  problem: SumProblem,
  pair: BySource<Pair["reference"]>,
  results: BySource<Float64Array>,
  visited: readonly number[] | null,
  wrong: Uint8Array,
): Verified {
  const hits = new Uint8Array(problem.elements);
  const emulator = new Emulator(problem);
  const { reference, other } = pair;
  const together = reference.plan.layout === other.plan.layout && reference.rounding === other.rounding;
  const count = visited?.length ?? problem.elements;
  let matches = 0;
  let eligible = 0;
  for (let at = 0; at < count; at++) {
    const index = visited === null ? at : visited[at]!;
    if (wrong[index] === 1) continue;
    eligible++;
    emulator.take(index, reference.plan.layout, reference.rounding);
    if (!Object.is(emulator.value(index, reference), results.reference[index]!)) continue;
    if (!together) emulator.take(index, other.plan.layout, other.rounding);
    if (!Object.is(emulator.value(index, other), results.other[index]!)) continue;
    hits[index] = 1;
    matches++;
  }
  return { pair, hits, matches, visited: count, eligible };
}
