import { TOP_K } from "./limits.ts";
import type { TopKAgreement } from "./result.ts";

/** Counts vectors of classes whose k largest elements are the same in the same order. */
export class TopK {
  readonly #ks: readonly number[];
  readonly #agreeing: number[];
  #count = 0;

  constructor(classes: number) {
    this.#ks = TOP_K.filter((k) => k <= classes);
    this.#agreeing = this.#ks.map(() => 0);
  }

  /** Two vectors that both contain a NaN agree; if only one does, they do not. Labels follow the same rule. */
  add(reference: Float64Array, other: Float64Array): void {
    this.#count++;
    const most = this.#ks.at(-1) ?? 0;
    const expected = largest(reference, most);
    const actual = largest(other, most);
    for (const [at, k] of this.#ks.entries()) {
      if (sameBeginning(expected, actual, k)) this.#agreeing[at]!++;
    }
  }

  result(): TopKAgreement[] {
    if (this.#count === 0) return [];
    return this.#ks.map((k, at) => ({ k, agreement: this.#agreeing[at]! / this.#count }));
  }
}

/** Indices of the k largest elements, in descending order, ties to the lower index (-0 and +0 tie); null for NaN. */
function largest(values: Float64Array, k: number): number[] | null {
  const indices: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isNaN(value)) return null;
    let place = indices.length;
    while (place > 0 && value > values[indices[place - 1]!]!) place--;
    if (place < k) {
      indices.splice(place, 0, index);
      if (indices.length > k) indices.pop();
    }
  }
  return indices;
}

function sameBeginning(left: readonly number[] | null, right: readonly number[] | null, length: number): boolean {
  if (left === null || right === null) return left === right;
  return left.slice(0, length).every((index, place) => index === right[place]);
}
