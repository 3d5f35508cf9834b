import type { SumCause } from "./sum-cause.ts";
import { type BySource, bySource, type SourceRole } from "../sources.ts";

/** A way of computing a node, and the sums on which it gives what its source gave. */
export interface Rival<Way> {
  readonly way: Way;
  /** 1 for each sum on which it agrees with its source; those of the sample come first. */
  readonly hits: Uint8Array;
}

interface Counted<Way> extends Rival<Way> {
  readonly total: number;
}

/** Every way that was tried on each source of a node. */
export class Rivals<Way> {
  readonly #sources: BySource<readonly Counted<Way>[]>;
  readonly #sampled: number;
  readonly #size: number;
  readonly #differences: (one: Way, two: Way) => readonly SumCause[];

  /**
   * @param sources the likeliest first
   * @param sampled how many of the sums are the node's own
   * @param differences what makes two ways differ
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

  /** Sums that are looked at, shuffled ones included. */
  get size(): number {
    return this.#size;
  }

  /** Sums of the sample that a pair reproduces on both sources. */
  reproducedBy(pair: BySource<Way>): number {
    const of = (role: SourceRole): Counted<Way> => this.#sources[role].find(({ way }) => way === pair[role])!;
    return together(of("reference"), of("other"), this.#sampled);
  }

  /** The pair that agrees most on both sources; among equals, the one with the fewest differences, then the likeliest. */
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

  /** The most sums on which a pair agrees on both sources that differ in anything but this. */
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
   * Every cause by which some pair reproduces as much of the sample, leaving out what a simpler pair does without.
   * @param reproduced how much that is
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

  /** Pairs of which each source agrees on at least so many sums. */
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
