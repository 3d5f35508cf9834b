import { refuse } from "./refusal.ts";

/** A size, or the symbol of an unknown one; the same symbol means the same size throughout a graph. */
export type Dim = number | string;
export type Dims = readonly Dim[];

/**
 * A unique symbol for one axis of one tensor. Symbols derived from operators (sums, parts, windows) would have to
 * distinguish everything that such a size depends on; a unique one claims nothing.
 */
export function unknownSize(tensor: string, axis: number): string {
  return `?${JSON.stringify(tensor)}.${axis}`;
}

/** The symbol of a size that the model names, unless the name could be confused with another symbol. */
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

/** Dimensions merged into one; a product that contains a symbol is itself a symbol. */
export function mergedDim(dims: Dims): Dim {
  return asDim(sizeOf(dims));
}

function asDim({ factor, symbols }: Size): Dim {
  if (symbols.length === 0) return factor;
  return factor === 1 ? symbols.join("*") : `${factor}*${symbols.join("*")}`;
}

/** True if two shapes always hold different numbers of elements. */
export function differInSize(left: Dims, right: Dims): boolean {
  const [a, b] = [sizeOf(left), sizeOf(right)];
  return a.symbols.join() === b.symbols.join() && a.factor !== b.factor;
}

/** A size without some of its dimensions; null if it is not divisible by them. */
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

/** Null if either rank is unknown. @throws Refusal for shapes that do not broadcast */
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

/** -1 is the last axis. @throws Refusal for an axis out of range */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank
    ? positive
    : refuse(`Its axis ${axis} is out of range for a tensor with ${rank} dimensions.`);
}

/** Distinct axes. @throws Refusal for one that is out of range or repeated */
export function axesOf(named: readonly number[], rank: number): readonly number[] {
  const axes = named.map((axis) => axisOf(axis, rank));
  return new Set(axes).size === axes.length ? axes : refuse(`It names an axis twice: [${named.join(", ")}].`);
}
