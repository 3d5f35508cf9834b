import type { Order } from "./order.ts";

/** The type of the sums before they are rounded to float32. */
export type SumType =
  /** Every addition is rounded to float32. */
  | "float32"
  /** Blocks are summed in float32, their sums in double precision. */
  | "float64 totals"
  /** Everything is added in double precision. An 80-bit or compensated sum rarely differs from it. */
  | "float64";

/**
 * Adds up one element in double precision and rounds once to float32. The bias is part of that sum unless the order
 * adds it last; then it is added in float32.
 * @param left factors, each a float32, like those on the right
 * @param exactProducts products are not rounded to float32 before they are added
 * @param addend the bias, times beta if present, as a float32
 * @param alpha a float32
 */
export function evaluateWide(
  left: Float64Array,
  right: Float64Array,
  { ends, bias, scale }: Order,
  sums: Exclude<SumType, "float32">,
  exactProducts: boolean,
  addend: number,
  alpha: number,
): number {
  const factor = scale === "block" ? alpha : 1;
  const roundBlock = sums === "float64 totals";
  let total = bias === "first" || bias === "seed" ? addend : 0;
  let from = 0;
  for (const to of ends) {
    let block = 0;
    for (let k = from; k < to; k++) {
      const product = left[k]! * right[k]!;
      block += exactProducts ? product : Math.fround(product);
      if (roundBlock) block = Math.fround(block);
    }
    total += block * factor;
    from = to;
  }
  if (scale === "end") total = Math.fround(total) * alpha;
  return Math.fround(bias === "last" ? Math.fround(total) + addend : total);
}
