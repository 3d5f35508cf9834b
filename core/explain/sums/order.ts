import type { SumOrder } from "../explanation.ts";

/** How the partial sums of the lanes are combined. */
export type Join =
  /** ((l0 + l1) + l2) + … */
  | "in turn"
  /** Neighbours first: (l0 + l1) + (l2 + l3), … */
  | "neighbours"
  /** Each lane with the one half the lanes away, until one is left. */
  | "halves"
  /** Each half in turn, then both halves: (((l0 + l1) + l2) + l3) + (((l4 + l5) + l6) + l7). */
  | "two halves in turn"
  /** ((l0 + l2) + (l4 + l6)) + ((l1 + l3) + (l5 + l7)). */
  | "even and odd";

/** The summation order of one element. With FMA and factor rounding it determines the bits. */
export interface Order {
  /** The end of each block of products along K, ascending; the last is K. Blocks are summed, then added up. */
  readonly ends: Int32Array;
  /** Partial sums within a block: product k belongs to lane k mod lanes. 1: sequential. */
  readonly lanes: number;
  readonly join: Join;
  /** Whether a block's first product is added to zero or starts the sum, which only affects the sign of a zero. */
  readonly opens: "zero" | "product";
  /** seed: the sum starts with the bias. first: blocks are added to the bias. last: the bias is added to the total. */
  readonly bias: "seed" | "first" | "last" | "none";
  /** Where alpha is applied: to each block, or to the total before the bias. */
  readonly scale: "block" | "end";
}

/** Orders of a whole node. Some kernels treat the last columns differently, and some choose blocks by thread. */
export interface Plan {
  readonly description: string;
  /** The problem's layout that K follows. */
  readonly layout: number;
  readonly orders: readonly Order[];
  /** Index into orders, by row and column of the matrix product; null: there is only one order. */
  readonly pick: ((row: number, column: number) => number) | null;
}

export function uniformEnds(terms: number, block: number): Int32Array {
  const blocks = Math.max(1, Math.ceil(terms / block));
  return Int32Array.from({ length: blocks }, (_, at) => Math.min(terms, (at + 1) * block));
}

export function orderKey({ ends, lanes, join, opens, bias, scale }: Order): string {
  return `${ends.join()}/${lanes}/${lanes > 1 ? join : ""}/${opens}/${bias}/${scale}`;
}

/** The length of all blocks except the last; null: one block. */
function blockOf({ ends }: Order): number | null {
  return ends.length > 1 ? ends[0]! : null;
}

export function describeOrder(order: Order): string {
  const { lanes, join, bias, scale, ends } = order;
  const chain = lanes === 1 ? "sequentially" : `in ${lanes} lanes, combined ${JOINED[join]}`;
  const length = blockOf(order);
  const block =
    length === null
      ? "in one block"
      : isUniform(ends)
        ? `in blocks of ${length} along K`
        : `in blocks ending at ${some(ends)} along K`;
  const where = { seed: ", starting with the bias", first: ", added to the bias", last: ", bias last", none: "" }[bias];
  return `${chain}, ${block}${where}${scale === "block" ? "" : ", alpha last"}`;
}

const JOINED: Readonly<Record<Join, string>> = Object.freeze({
  "in turn": "in turn",
  neighbours: "with their neighbours",
  halves: "by halves",
  "two halves in turn": "in turn within each half",
  "even and odd": "even with even, odd with odd",
});

function isUniform(ends: Int32Array): boolean {
  return ends.every((end, at) => at === ends.length - 1 || end === (at + 1) * ends[0]!);
}

function some(ends: Int32Array): string {
  return ends.length <= 4 ? ends.join(", ") : `${ends.slice(0, 4).join(", ")}, …`;
}

/** The order to show: that of most columns. */
export function publicOrder({ description, orders }: Plan): SumOrder {
  const [order] = orders;
  if (!order) throw new Error("the plan has no order");
  return { description, block: blockOf(order), bias: order.bias === "seed" ? "first" : order.bias, lanes: order.lanes };
}
