import { type Bias, type Kernels, type Orders, type Pick } from "./mlas-orders.ts";
import { type Order, uniformEnds } from "./order.ts";
import type { MatrixShape } from "./shape.ts";

export const STRIDE_N = 128;
export const STRIDE_K = 128;
/** A weight B is packed once, in blocks of this length, independent of the other sizes. */
export const PACKED_STRIDE_K = 256;
/** Threads split the columns in groups of 16 and receive work in units of 64 Ki products. */
export const COLUMN_GROUP = 16;
export const PRODUCTS_PER_THREAD = 64 * 1024;
/** One thread's share of one matrix product. */
export interface Share extends Omit<MatrixShape, "kind" | "count"> {
  /** The right factor and the result are contiguous vectors. */
  readonly isVector: boolean;
  readonly bias: Bias;
}

/** A product whose columns, or rows if there are more of them, are split among threads. */
export function threaded(whole: Share, orders: Orders, kernels: Kernels, threads: number, count: number): Pick {
  const { rows, columns, terms } = whole;
  const wanted = Math.min(threads, Math.floor((rows * columns * terms) / PRODUCTS_PER_THREAD) + 1);
  const each = Math.ceil(wanted / count);
  if (columns > rows) {
    const groups = Math.ceil(columns / COLUMN_GROUP);
    const starts = partition(Math.min(each, groups), groups).map((group) => group * COLUMN_GROUP);
    const picks = starts.map((start, at) =>
      single({ ...whole, columns: Math.min(columns, starts[at + 1] ?? columns) - start }, orders, kernels),
    );
    return byColumn(starts, picks);
  }
  const starts = partition(Math.min(each, rows), rows);
  const picks = starts.map((start, at) =>
    single({ ...whole, rows: (starts[at + 1] ?? rows) - start }, orders, kernels),
  );
  return (row, column) => {
    const at = lastAtMost(starts, row);
    return picks[at]!(row - starts[at]!, column);
  };
}

/** Where each thread's part starts: as even as possible, the longer parts first. */
function partition(threads: number, total: number): readonly number[] {
  const [whole, extra] = [Math.floor(total / threads), total % threads];
  return Array.from({ length: threads }, (_, at) => at * whole + Math.min(at, extra));
}

export function byColumn(starts: readonly number[], picks: readonly Pick[]): Pick {
  return (row, column) => {
    const at = lastAtMost(starts, column);
    return picks[at]!(row, column - starts[at]!);
  };
}

function lastAtMost(starts: readonly number[], value: number): number {
  let at = starts.length - 1;
  while (at > 0 && starts[at]! > value) at--;
  return at;
}

/** One call of MlasSgemmOperation. */
function single(share: Share, orders: Orders, kernels: Kernels): Pick {
  const { rows, columns, terms, leftTransposed, rightTransposed, bias } = share;
  if (share.plain && rows === 1 && !leftTransposed) {
    if (kernels === "x64")
      return rightTransposed ? dotRows(columns, orders, terms, bias, "column") : grouped(orders, terms, bias);
    if (kernels === "wasm" && !rightTransposed) return rowTimesMatrix(columns, orders, terms, bias);
  }
  if (share.plain && share.isVector && kernels === "x64") {
    return leftTransposed ? grouped(orders, terms, bias) : dotRows(rows, orders, terms, bias, "row");
  }
  const only = orders.chain(uniformEnds(terms, strideK(columns, terms, leftTransposed)), bias);
  return () => only;
}

/** Narrow matrices use longer blocks and flat ones shorter blocks, to fit the packing buffer. */
function strideK(columns: number, terms: number, leftTransposed: boolean): number {
  let [n, k] = [STRIDE_N, STRIDE_K];
  if (columns >= terms) while (k / 2 >= terms) k /= 2;
  else if (!leftTransposed) {
    while (n > 16 && n / 2 >= columns) [n, k] = [n / 2, k * 2];
  }
  return k;
}

/** Four rows of B at a time, then two, then one. Each group is summed before it is added to the result. */
export function grouped(orders: Orders, terms: number, bias: Bias): Pick {
  const ends = fours(0, terms);
  const rest = terms % 4;
  if (rest >= 2) ends.push(terms - rest + 2);
  if (rest % 2 === 1) ends.push(terms);
  const only = orders.chain(Int32Array.from(ends), bias, "product");
  return () => only;
}

export function fours(from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / 4) }, (_, at) => from + (at + 1) * 4);
}

/** Dot products in eight lanes; four, two and one at a time combine the lanes differently. */
function dotRows(count: number, orders: Orders, terms: number, bias: Bias, along: "row" | "column"): Pick {
  const ends = Int32Array.of(terms);
  const by = (join: Order["join"]): number =>
    orders.index({ ends, lanes: 8, join, opens: "zero", bias, scale: "block" });
  const fourth = by("two halves in turn");
  const fourFold = count - (count % 4);
  const pair = count % 4 >= 2 ? by("even and odd") : fourth;
  const pairs = count - (count % 2);
  const one = count % 2 === 1 ? by("neighbours") : fourth;
  return (row, column) => {
    const at = along === "row" ? row : column;
    return at < fourFold ? fourth : at < pairs ? pair : one;
  };
}

/** WebAssembly's row-matrix product: one chain. The last columns, too few for SIMD, take four products at a time. */
function rowTimesMatrix(columns: number, orders: Orders, terms: number, bias: Bias): Pick {
  const chain = orders.chain(Int32Array.of(terms), bias === "first" ? "seed" : bias, "product");
  const wide = columns - (columns % 4);
  if (wide === columns) return () => chain;
  const first = bias === "first" ? 0 : 1;
  const ends = [...(first === 1 ? [1] : []), ...fours(first, terms)];
  for (let end = (ends.at(-1) ?? 0) + 1; end <= terms; end++) ends.push(end);
  const narrow = orders.chain(Int32Array.from(ends), bias, "product");
  return (_, column) => (column < wide ? chain : narrow);
}
