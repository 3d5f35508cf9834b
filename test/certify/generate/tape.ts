/** Random choices unrolled from a seed: reading them one by one decides a whole graph. The same seed gives the same choices. */
export class Tape {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** mulberry32: uniform from 0 to 1, without 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below - 1. */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  /** An integer from least to most. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }

  /** True in about `share` of all cases. */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** Numbers from -1 to 1. */
  noise(count: number): number[] {
    return Array.from({ length: count }, () => this.#next() * 2 - 1);
  }
}

/** A seed of its own for each name, so that a new case leaves the others as they are (FNV-1a). */
export function seedOf(...name: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of name.join("/")) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  // Neighbouring names differ in their last bits alone; the generator starts well only from bits that are mixed.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
