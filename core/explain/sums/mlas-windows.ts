import { type Bias, type Kernels, madeFor, Orders, type Pick, planOf } from "./mlas-orders.ts";
import {
  byColumn,
  COLUMN_GROUP,
  fours,
  grouped,
  PRODUCTS_PER_THREAD,
  type Share,
  STRIDE_K,
  STRIDE_N,
  threaded,
} from "./mlas-products.ts";
import { type Plan, uniformEnds } from "./order.ts";
import type { WindowShape } from "./shape.ts";

export function windowPlans(shape: WindowShape, bias: Bias, kernels: Kernels, threads: number): readonly Plan[] {
  const { filters, positions, terms, count } = shape;
  const orders = new Orders();
  const direct = directTransposed(shape);
  const share: Share = {
    rows: filters,
    columns: positions,
    terms,
    leftTransposed: false,
    rightTransposed: direct ?? false,
    plain: true,
    isVector: positions === 1,
    bias,
  };
  const words = madeFor(kernels, threads);
  if (direct !== null || filters > positions) {
    const alone = direct !== null && count > 1 ? 1 : threads;
    return [planOf(words, orders, threaded(share, orders, kernels, alone, 1))];
  }
  const starts = segments(filters, positions, terms, threads);
  const picks = starts.map((start, at) =>
    segment({ ...share, columns: (starts[at + 1] ?? positions) - start }, orders, kernels),
  );
  return [planOf(words, orders, byColumn(starts, picks))];
}

/**
 * AVX-512's kernel for two filters per channel, 7x7, stride 2: windows inside the image use seven lanes, one per window
 * column, combined in a register of 16; windows at the border add sequentially.
 */
export function doubledPlans(shape: WindowShape, bias: Bias): readonly Plan[] {
  const { filters, channels, kernel, strides, dilations, padded, input, output } = shape;
  const seven = kernel.join() === "7,7" && strides.join() === "2,2" && dilations.join() === "1,1";
  if (!seven || filters !== 2 || channels !== 1 || !padded) return [];
  const orders = new Orders();
  const ends = Int32Array.of(49);
  const lanes = orders.index({ ends, lanes: 7, join: "halves", opens: "zero", bias, scale: "block" });
  const alone = orders.chain(ends, bias);
  const inside = (at: number, size: number): boolean => at * 2 >= 3 && at * 2 + 4 <= size;
  const [height, width] = [input[0]!, input[1]!];
  const pick: Pick = (_, column) => {
    const [y, x] = [Math.floor(column / output[1]!), column % output[1]!];
    return inside(y, height) && inside(x, width) ? lanes : alone;
  };
  return [planOf("with the AVX-512 kernel for 7x7 windows", orders, pick)];
}

/** For convolutions that are plain matrix products: whether the input is transposed; null for others. */
function directTransposed({ strides, padded, dilations, kernel, input, channels, terms }: WindowShape): boolean | null {
  if (padded || strides.some((stride) => stride !== 1)) return null;
  if (terms === channels) return false;
  if (channels !== 1 || dilations.some((dilation) => dilation !== 1) || kernel.length > 2) return null;
  const [height, width] = kernel.length === 1 ? [1, kernel[0]!] : [kernel[0]!, kernel[1]!];
  const [inputHeight, inputWidth] = input.length === 1 ? [1, input[0]!] : [input[0]!, input[1]!];
  if (width === inputWidth) return true;
  return height === inputHeight && width === 1 ? false : null;
}

function segments(filters: number, positions: number, terms: number, threads: number): readonly number[] {
  const count = Math.min(threads, Math.floor((filters * positions * terms) / PRODUCTS_PER_THREAD) + 1);
  if (count === 1) return [0];
  const length = Math.ceil(Math.ceil(positions / count) / COLUMN_GROUP) * COLUMN_GROUP;
  return Array.from({ length: Math.ceil(positions / length) }, (_, at) => at * length);
}

/** One thread's output positions: slices of columns, each a series of matrix products over slices of K. */
function segment(share: Share, orders: Orders, kernels: Kernels): Pick {
  const { columns, terms } = share;
  let [n, k] = [STRIDE_N, STRIDE_K];
  if (columns >= terms) while (k / 2 >= terms) [n, k] = [n * 2, k / 2];
  else while (n > 16 && n / 2 >= columns) [n, k] = [n / 2, k * 2];
  const starts = Array.from({ length: Math.ceil(columns / n) }, (_, at) => at * n);
  const picks = starts.map((start) => slice({ ...share, columns: Math.min(n, columns - start) }, k, orders, kernels));
  return byColumn(starts, picks);
}

function slice(share: Share, stride: number, orders: Orders, kernels: Kernels): Pick {
  const { rows, columns, terms, bias } = share;
  const single = rows === 1 && kernels !== "general";
  if (!single) {
    const only = orders.chain(uniformEnds(terms, stride), bias);
    return () => only;
  }
  if (kernels === "x64") return grouped(orders, terms, bias);
  const chain = orders.chain(Int32Array.of(terms), bias, "product");
  const wide = columns - (columns % 4);
  const ends: number[] = [];
  for (let from = 0; from < terms; from += stride) {
    const to = Math.min(terms, from + stride);
    const first = from === 0 ? 1 : from;
    if (from === 0) ends.push(1);
    ends.push(...fours(first, to));
    for (let end = (ends.at(-1) ?? 0) + 1; end <= to; end++) ends.push(end);
  }
  const narrow = wide === columns ? chain : orders.chain(Int32Array.from(ends), bias, "product");
  return (_, column) => (column < wide ? chain : narrow);
}
