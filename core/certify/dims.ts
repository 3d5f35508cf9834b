import { refuse } from "./refusal.ts";

/** A size, or the symbol of one that is not known; the same symbol stands for the same size throughout a graph. */
export type Dim = number | string;
export type Dims = readonly Dim[];

/**
 * A symbol of its own for one axis of one tensor. Symbols that are read off operators (sums, parts, windows) would have to
 * tell apart everything that such a size depends on; one that is unique claims nothing.
 */
export function unknownSize(tensor: string, axis: number): string {
  return `?${JSON.stringify(tensor)}.${axis}`;
}

/** The symbol of a size that the model itself names. A name that may be mistaken for another symbol is not used. */
export function namedSize(name: string | null | undefined, tensor: string, axis: number): string {
  return name && /^[A-Za-z_]\w*$/.test(name) ? name : unknownSize(tensor, axis);
}

export function describeDims(dims: Dims | null): string {
  return dims === null ? "unknown shape" : `[${dims.join(", ")}]`;
}

interface Size {
  readonly factor: number;
  /** Sorted. */
  readonly symbols: readonly string[];
}

function sizeOf(dims: Dims): Size {
  const numbers = dims.filter((dim) => typeof dim === "number");
  const symbols = dims.filter((dim) => typeof dim === "string");
  return { factor: numbers.reduce((product, dim) => product * dim, 1), symbols: symbols.toSorted() };
}

/** Dimensions merged into one; a product that holds a symbol is a symbol of its own. */
export function mergedDim(dims: Dims): Dim {
  return asDim(sizeOf(dims));
}

function asDim({ factor, symbols }: Size): Dim {
  if (symbols.length === 0) return factor;
  return factor === 1 ? symbols.join("*") : `${factor}*${symbols.join("*")}`;
}

/** True where two shapes hold different numbers of elements in any case. */
export function differInSize(left: Dims, right: Dims): boolean {
  const [a, b] = [sizeOf(left), sizeOf(right)];
  return a.symbols.join() === b.symbols.join() && a.factor !== b.factor;
}

/** What is left of a size when some dimensions are taken out of it; null where that does not come out even. */
export function dividedBy(whole: Dims, part: Dims): Dim | null {
  const { factor, symbols } = sizeOf(whole);
  const divisor = sizeOf(part);
  const rest = [...symbols];
  for (const symbol of divisor.symbols) {
    const at = rest.indexOf(symbol);
    if (at < 0) return null;
    rest.splice(at, 1);
  }
  if (divisor.factor === 0 || factor % divisor.factor !== 0) return null;
  return asDim({ factor: factor / divisor.factor, symbols: rest });
}

/** Both null where either rank is unknown. @throws Refusal where the shapes cannot meet */
export function broadcast(left: Dims | null, right: Dims | null): Dims | null {
  if (left === null || right === null) return null;
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    // A symbol that meets a number above 1 is either 1 or that number.
    if (typeof a === "string") return typeof b === "string" ? `(${a}|${b})` : b;
    if (typeof b === "string") return a;
    return refuse(`The shapes ${describeDims(left)} and ${describeDims(right)} do not broadcast together.`);
  });
}

/** -1 is the last axis. @throws Refusal where there is no such axis */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank
    ? positive
    : refuse(`It names the axis ${axis} of a tensor with ${rank} dimensions.`);
}
