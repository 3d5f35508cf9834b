import { fma } from "../fma.ts";
import type { Join, Order } from "./order.ts";

/** More lanes than any workgroup has. */
const MAX_LANES = 256;
const partial = new Float64Array(MAX_LANES);

/**
 * Adds up one element in float32 in a given order. It allocates nothing, because whole nodes are evaluated with it.
 * @param left factors, each a float32, like those on the right
 * @param addend the bias, times beta if present, as a float32
 * @param alpha a float32
 */
export function evaluate(
  left: Float64Array,
  right: Float64Array,
  order: Order,
  fused: boolean,
  addend: number,
  alpha: number,
): number {
  const { ends, lanes, bias } = order;
  const scaled = alpha !== 1;
  const scaleBlock = scaled && order.scale === "block";
  let total = bias === "first" ? addend : 0;
  let begun = bias === "first";
  let from = 0;
  for (let at = 0; at < ends.length; at++) {
    const to = ends[at]!;
    const seed = bias === "seed" ? (at === 0 ? addend : total) : 0;
    let block: number;
    if (lanes > 1) block = inLanes(left, right, from, to, order, fused);
    else if (order.opens === "product" && bias !== "seed") {
      block = chain(left, right, from + 1, to, 1, Math.fround(left[from]! * right[from]!), fused);
    } else block = chain(left, right, from, to, 1, seed, fused);
    if (bias === "seed") total = block;
    else if (scaleBlock && begun && fused) total = fma(block, alpha, total);
    else {
      if (scaleBlock) block = Math.fround(block * alpha);
      total = begun ? Math.fround(total + block) : block;
    }
    begun = true;
    from = to;
  }
  if (scaled && !scaleBlock) {
    if (bias === "last" && fused) return fma(total, alpha, addend);
    total = Math.fround(total * alpha);
  }
  return bias === "last" ? Math.fround(total + addend) : total;
}

function chain(
  left: Float64Array,
  right: Float64Array,
  from: number,
  to: number,
  step: number,
  seed: number,
  fused: boolean,
): number {
  let sum = seed;
  if (fused) for (let k = from; k < to; k += step) sum = fma(left[k]!, right[k]!, sum);
  else for (let k = from; k < to; k += step) sum = Math.fround(sum + Math.fround(left[k]! * right[k]!));
  return sum;
}

function inLanes(
  left: Float64Array,
  right: Float64Array,
  from: number,
  to: number,
  { lanes, join, opens }: Order,
  fused: boolean,
): number {
  for (let lane = 0; lane < lanes; lane++) {
    const first = from + lane;
    const starts = opens === "product" && first < to;
    partial[lane] = starts
      ? chain(left, right, first + lanes, to, lanes, Math.fround(left[first]! * right[first]!), fused)
      : chain(left, right, first, to, lanes, 0, fused);
  }
  return joined(join, lanes);
}

function joined(join: Join, lanes: number): number {
  switch (join) {
    case "in turn":
      return inTurn(0, lanes);
    case "two halves in turn":
      return Math.fround(inTurn(0, lanes / 2) + inTurn(lanes / 2, lanes));
    case "neighbours":
      for (let apart = 1; apart < lanes; apart *= 2) {
        for (let lane = 0; lane + apart < lanes; lane += 2 * apart) {
          partial[lane] = Math.fround(partial[lane]! + partial[lane + apart]!);
        }
      }
      return partial[0]!;
    case "halves":
      return byHalves(lanes);
    case "even and odd":
      for (let lane = 0; lane < lanes; lane += 4) {
        partial[lane] = Math.fround(partial[lane]! + partial[lane + 2]!);
        partial[lane + 1] = Math.fround(partial[lane + 1]! + partial[lane + 3]!);
      }
      for (let half = lanes / 2; half >= 4; half /= 2) {
        for (let lane = 0; lane < half; lane++) partial[lane] = Math.fround(partial[lane]! + partial[lane + half]!);
      }
      return Math.fround(partial[0]! + partial[1]!);
  }
}

/** In a register of the next power of two lanes, padded with zeros. */
function byHalves(lanes: number): number {
  let width = 2;
  while (width < lanes) width *= 2;
  partial.fill(0, lanes, width);
  for (let half = width / 2; half >= 1; half /= 2) {
    for (let lane = 0; lane < half; lane++) partial[lane] = Math.fround(partial[lane]! + partial[lane + half]!);
  }
  return partial[0]!;
}

function inTurn(from: number, to: number): number {
  let sum = partial[from]!;
  for (let lane = from + 1; lane < to; lane++) sum = Math.fround(sum + partial[lane]!);
  return sum;
}
