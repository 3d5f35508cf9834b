import type { SumOrder } from "../explanation.ts";

/** How partial sums, one a lane, become one. */
export type Join =
  /** ((l0 + l1) + l2) + … */
  | "in turn"
  /** Neighbours first: (l0 + l1) + (l2 + l3), … */
  | "neighbours"
  /** Each with the one half the lanes away, until one is left. */
  | "halves"
  /** Each half in turn, then both: (((l0 + l1) + l2) + l3) + (((l4 + l5) + l6) + l7). */
  | "two halves in turn"
  /** ((l0 + l2) + (l4 + l6)) + ((l1 + l3) + (l5 + l7)). */
  | "even and odd";

/**
 * In which order one element's products are added. With it, FMA or not, and the factors' rounding, the bits are fixed.
 */
export interface Order {
  /** Where each block of products ends along K, ascending; the last is K. Blocks are summed by themselves, then added up. */
  readonly ends: Int32Array;
  /** Partial sums within a block: product k goes to lane k mod lanes. 1: one after another. */
  readonly lanes: number;
  readonly join: Join;
  /** A block's first product is added to zero, or is the first sum itself: only the sign of a zero can tell. */
  readonly opens: "zero" | "product";
  /** seed: the sum starts with the bias. first: blocks are added to the bias. last: the bias is added to all of it. */
  readonly bias: "seed" | "first" | "last" | "none";
  /** Where alpha is multiplied in: into each block, or into the whole before the bias. */
  readonly scale: "block" | "end";
}

/** Orders for a whole node. Some kernels add the last columns otherwise, and some choose their blocks by thread. */
export interface Plan {
  readonly description: string;
  /** Which of the problem's layouts K runs along. */
  readonly layout: number;
  readonly orders: readonly Order[];
  /** Index into orders, by row and column of the matrix product; null: there is only one. */
  readonly pick: ((row: number, column: number) => number) | null;
}

export function uniformEnds(terms: number, block: number): Int32Array {
  const blocks = Math.max(1, Math.ceil(terms / block));
  return Int32Array.from({ length: blocks }, (_, at) => Math.min(terms, (at + 1) * block));
}

/** The same for orders that add alike. */
export function orderKey({ ends, lanes, join, opens, bias, scale }: Order): string {
  return `${ends.join()}/${lanes}/${lanes > 1 ? join : ""}/${opens}/${bias}/${scale}`;
}

/** The length of all blocks but the last; null: one block. */
function blockOf({ ends }: Order): number | null {
  return ends.length > 1 ? ends[0]! : null;
}

export function describeOrder(order: Order): string {
  const { lanes, join, bias, scale, ends } = order;
  const chain = lanes === 1 ? "one after another" : `in ${lanes} lanes, joined ${JOINED[join]}`;
  const length = blockOf(order);
  const block =
    length === null
      ? "in one block"
      : isUniform(ends)
        ? `in blocks of ${length} along K`
        : `in blocks that end at ${some(ends)} along K`;
  const where = { seed: ", starting with the bias", first: ", added to the bias", last: ", the bias last", none: "" }[
    bias
  ];
  return `${chain}, ${block}${where}${scale === "block" ? "" : ", alpha last"}`;
}

const JOINED: Readonly<Record<Join, string>> = Object.freeze({
  "in turn": "in turn",
  neighbours: "with their neighbours",
  halves: "by halves",
  "two halves in turn": "in turn in each half",
  "even and odd": "even with even, odd with odd",
});

function isUniform(ends: Int32Array): boolean {
  return ends.every((end, at) => at === ends.length - 1 || end === (at + 1) * ends[0]!);
}

function some(ends: Int32Array): string {
  return ends.length <= 4 ? ends.join(", ") : `${ends.slice(0, 4).join(", ")}, …`;
}

/** What a reader is told of a plan: the order of most columns. */
export function publicOrder({ description, orders }: Plan): SumOrder {
  const [order] = orders;
  if (!order) throw new Error("a plan without an order");
  return {
    description,
    block: blockOf(order),
    bias: order.bias === "seed" ? "first" : order.bias,
    lanes: order.lanes,
  };
}
