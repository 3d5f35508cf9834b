import { reject } from "./rejection.ts";

/** A number, or the symbol of a size that only the input decides; one symbol stands for one size. */
export type Dim = number | string;
export type Dims = readonly Dim[];

/** Marks a size that no claim has named yet. Symbols in claims may not begin with it. */
const UNNAMED = "\0";

/**
 * Sizes that a node computes from symbols. What a certificate calls them is its own affair, but each gets one name: the
 * first claim that holds it introduces a new symbol, and every later claim must use the same.
 */
export class Sizes {
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** @param how what determines the size: equal lists, equal sizes */
  of(...how: readonly Dim[]): Dim {
    const key = JSON.stringify(how);
    return this.#names.get(key) ?? `${UNNAMED}${key}`;
  }

  /** Whether a claimed size is the derived one. */
  matches(derived: Dim, claimed: Dim): boolean {
    if (typeof derived === "number" || !derived.startsWith(UNNAMED)) return derived === claimed;
    const key = derived.slice(UNNAMED.length);
    const known = this.#names.get(key);
    if (known !== undefined) return known === claimed;
    if (typeof claimed === "number" || claimed.startsWith(UNNAMED) || this.#taken.has(claimed)) return false;
    this.#names.set(key, claimed);
    this.#taken.add(claimed);
    return true;
  }

  product(dims: Dims): Dim {
    return this.#size(factorsOf(dims));
  }

  /** Null where it does not come out even. */
  quotient(whole: Dims, part: Dims): Dim | null {
    const { factor, symbols } = factorsOf(whole);
    const divisor = factorsOf(part);
    for (const symbol of divisor.symbols) {
      const at = symbols.indexOf(symbol);
      if (at < 0) return null;
      symbols.splice(at, 1);
    }
    return factor % divisor.factor === 0 ? this.#size({ factor: factor / divisor.factor, symbols }) : null;
  }

  #size({ factor, symbols }: Factors): Dim {
    if (symbols.length === 0) return factor;
    return factor === 1 && symbols.length === 1 ? symbols[0]! : this.of("product", factor, ...symbols.toSorted());
  }

  broadcast(left: Dims, right: Dims): Dims {
    const rank = Math.max(left.length, right.length);
    return Array.from({ length: rank }, (_, axis) => {
      const a = left[axis - rank + left.length] ?? 1;
      const b = right[axis - rank + right.length] ?? 1;
      if (a === b || b === 1) return a;
      if (a === 1) return b;
      if (typeof a === "string" && typeof b === "string") return this.of("broadcast", a, b);
      // A symbol meets a number above 1: it is that number or 1, or the node fails.
      if (typeof a === "string") return b;
      return typeof b === "string" ? a : reject(`The shapes ${shown(left)} and ${shown(right)} do not broadcast.`);
    });
  }
}

interface Factors {
  readonly factor: number;
  readonly symbols: string[];
}

function factorsOf(dims: Dims): Factors {
  return {
    factor: dims.reduce<number>((product, dim) => (typeof dim === "number" ? product * dim : product), 1),
    symbols: dims.filter((dim) => typeof dim === "string"),
  };
}

export function shown(dims: Dims): string {
  return `[${dims.map((dim) => String(dim).replace(UNNAMED, "?")).join(", ")}]`;
}
