import fc from "fast-check";

const TAPE_LENGTH = 400;

/** Choices that fast-check drew beforehand: reading them one by one decides a whole graph. Beyond its end all choices are 0. */
export const tapes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), {
  minLength: TAPE_LENGTH,
  maxLength: TAPE_LENGTH,
});

export class Tape {
  readonly #choices: readonly number[];
  #at = 0;
  #state: number;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
    this.#state = choices.at(-1) ?? 0;
  }

  /** An integer from 0 to below - 1. */
  below(below: number): number {
    const choice = this.#choices[this.#at] ?? 0;
    this.#at += 1;
    return choice % below;
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
    return this.below(1000) >= 1000 - share * 1000;
  }

  /** Numbers in bulk, from -1 to 1, by a small generator that the tape seeds: weights would use it up. */
  noise(count: number): number[] {
    this.#state ^= this.below(2 ** 31);
    return Array.from({ length: count }, () => {
      // mulberry32
      this.#state = (this.#state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
    });
  }
}
