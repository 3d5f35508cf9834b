import type { SumCause } from "./sum-cause.ts";
import { type BySource, bySource, type SourceRole } from "../sources.ts";

/** A way of computing a node, and the sums on which it matches its source. */
export interface Rival<Way> {
  readonly way: Way;
  /** 1 for each sum on which it agrees with its source; the sample comes first. */
  readonly hits: Uint8Array;
}

interface Counted<Way> extends Rival<Way> {
  readonly total: number;
}

/** Every way of computing a node that was tried on each source. */
export class Rivals<Way> {
  readonly #sources: BySource<readonly Counted<Way>[]>;
  readonly #sampled: number;
  readonly #size: number;
  readonly #differences: (one: Way, two: Way) => readonly SumCause[];

  /**
   * @param sources the most likely first
   * @param sampled how many of the sums are the node's own
   * @param differences the causes that distinguish two ways
   */
  constructor(
    sources: BySource<readonly Rival<Way>[]>,
    sampled: number,
    differences: (one: Way, two: Way) => readonly SumCause[],
  ) {
    this.#sampled = sampled;
    this.#size = sources.reference[0]?.hits.length ?? 0;
    this.#differences = differences;
    this.#sources = bySource((role) =>
      sources[role]
        .map((rival) => ({ ...rival, total: rival.hits.reduce((sum, hit) => sum + hit, 0) }))
        .toSorted((left, right) => right.total - left.total),
    );
  }

  /** Number of sums evaluated, including shuffled ones. */
  get size(): number {
    return this.#size;
  }

  /** Number of sums of the sample that a pair reproduces on both sources. */
  reproducedBy(pair: BySource<Way>): number {
    const of = (role: SourceRole): Counted<Way> => this.#sources[role].find(({ way }) => way === pair[role])!;
    return together(of("reference"), of("other"), this.#sampled);
  }

  /** The pair that agrees most on both sources; ties go to the fewest differences, then to the more likely one. */
  best(): BySource<Way> | null {
    let found: BySource<Way> | null = null;
    let [most, fewest] = [-1, Infinity];
    this.#eachPair(
      () => most,
      (left, right) => {
        const agreed = together(left, right, this.#size);
        const count = this.#differences(left.way, right.way).length;
        if (agreed < most || (agreed === most && count >= fewest)) return;
        [most, fewest] = [agreed, count];
        found = { reference: left.way, other: right.way };
      },
    );
    return found;
  }

  /** The most sums reproduced on both sources by a pair that does not differ in this cause. */
  closestWithout(cause: SumCause): number {
    let most = 0;
    this.#eachPair(
      () => most + 1,
      (left, right) => {
        if (this.#differences(left.way, right.way).includes(cause)) return;
        most = Math.max(most, together(left, right, this.#size));
      },
    );
    return most;
  }

  /**
   * Every cause with which some pair reproduces as much of the sample, except causes that a simpler pair does not need.
   * @param reproduced the number of sums to reproduce
   */
  possible(reproduced: number): readonly SumCause[] {
    const kinds = new Map<string, readonly SumCause[]>();
    this.#eachPair(
      () => reproduced,
      (left, right) => {
        const causes = this.#differences(left.way, right.way);
        const key = causes.join();
        if (!kinds.has(key) && together(left, right, this.#sampled) >= reproduced) kinds.set(key, causes);
      },
    );
    const all = [...kinds.values()];
    const simplest = all.filter((causes) => !all.some((each) => each.length < causes.length && isWithin(each, causes)));
    return [...new Set(simplest.flat())];
  }

  /** Visits pairs in which each source agrees on at least this many sums. */
  #eachPair(least: () => number, visit: (left: Counted<Way>, right: Counted<Way>) => void): void {
    for (const left of this.#sources.reference) {
      if (left.total < least()) break;
      for (const right of this.#sources.other) {
        if (right.total < least()) break;
        visit(left, right);
      }
    }
  }
}

function together(left: Rival<unknown>, right: Rival<unknown>, size: number): number {
  let count = 0;
  for (let at = 0; at < size; at++) count += left.hits[at]! & right.hits[at]!;
  return count;
}

function isWithin(some: readonly SumCause[], all: readonly SumCause[]): boolean {
  return some.every((cause) => all.includes(cause));
}
