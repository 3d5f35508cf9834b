import type { Order } from "./order.ts";

/** The type that sums are kept in before they are rounded to float32. */
export type SumType =
  /** Every addition is rounded to float32. */
  | "float32"
  /** Blocks are summed in float32, and their sums are added in double precision. */
  | "float64 totals"
  /** Everything is added in double precision. A sum in 80 bits, or one that carries its errors, rarely differs from it. */
  | "float64";

/**
 * One element added up in double precision and rounded to float32 once. The bias is part of that sum, except where the
 * order adds it last: then it is added in float32.
 * @param left factors, each a float32; as are those on the right
 * @param exactProducts products are added as they are; otherwise each is rounded to float32 first
 * @param addend the bias, times beta where there is one, as a float32
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
