import { reject } from "./rejection.ts";

/**
 * A number, or the symbol of a size that only the input decides. Equal symbols mean equal sizes: a name in the model,
 * `?"tensor".axis` for an unknown size, `4*N` for a product, `(N|M)` for what N and M broadcast to.
 */
export type Dim = number | string;
export type Dims = readonly Dim[];

/** Unique to an axis of a tensor. */
export function unknown(tensor: string, axis: number): Dim {
  return `?${JSON.stringify(tensor)}.${axis}`;
}

/** A name that begins with a letter cannot be confused with another symbol. Runtimes let two axes of one name differ. */
export function inputDims(tensor: string, shape: readonly number[], names: readonly (string | null)[]): Dims {
  return shape.map((size, axis) => {
    if (size >= 0) return size;
    const name = names[axis] ?? "";
    return /^[A-Za-z_]\w*$/.test(name) && names.indexOf(name) === axis ? name : unknown(tensor, axis);
  });
}

export function product(dims: Dims): Dim {
  return asDim(numberIn(dims), symbolsIn(dims));
}

/** Null if it is not divisible. */
export function quotient(whole: Dims, part: Dims): Dim | null {
  const rest = symbolsIn(whole);
  for (const symbol of symbolsIn(part)) {
    const at = rest.indexOf(symbol);
    if (at < 0) return null;
    rest.splice(at, 1);
  }
  const factor = numberIn(whole) / numberIn(part);
  return Number.isInteger(factor) ? asDim(factor, rest) : null;
}

/** True if two shapes always hold different numbers of elements. */
export function differInSize(left: Dims, right: Dims): boolean {
  const [a, b] = [symbolsIn(left), symbolsIn(right)].map((symbols) => symbols.toSorted().join());
  return a === b && numberIn(left) !== numberIn(right);
}

function asDim(factor: number, symbols: readonly string[]): Dim {
  return symbols.length === 0 ? factor : [...(factor === 1 ? [] : [factor]), ...symbols.toSorted()].join("*");
}

function numberIn(dims: Dims): number {
  return dims.reduce<number>((factor, dim) => (typeof dim === "number" ? factor * dim : factor), 1);
}

function symbolsIn(dims: Dims): string[] {
  return dims.filter((dim) => typeof dim === "string");
}

export function broadcast(left: Dims, right: Dims): Dims {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    if (typeof a === "string") return typeof b === "string" ? `(${a}|${b})` : b;
    // A number above 1 that meets a symbol stays: the symbol equals it or 1, or the node fails.
    return typeof b === "string" ? a : reject(`The shapes ${shown(left)} and ${shown(right)} do not broadcast.`);
  });
}

export function shown(dims: Dims): string {
  return `[${dims.join(", ")}]`;
}
