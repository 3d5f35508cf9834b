import { describeOrder, type Order, orderKey, type Plan } from "./order.ts";

/** The available kernels for a single row. */
export type Kernels = "x64" | "wasm" | "general";

export type Bias = "first" | "last" | "none";
export type Pick = (row: number, column: number) => number;

export class Orders {
  readonly list: Order[] = [];
  readonly #indices = new Map<string, number>();

  index(order: Order): number {
    const key = orderKey(order);
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    this.#indices.set(key, this.list.length);
    return this.list.push(order) - 1;
  }

  chain(ends: Int32Array, bias: Order["bias"], opens: Order["opens"] = "zero"): number {
    return this.index({ ends, lanes: 1, join: "in turn", opens, bias, scale: "block" });
  }
}

export function madeFor(kernels: Kernels, threads: number): string {
  const which = { general: "", x64: " with x64 kernels for one row", wasm: " with WebAssembly kernels for one row" };
  return `${threads === 1 ? "on one thread" : `on ${threads} threads`}${which[kernels]}`;
}

export function planOf(words: string, { list }: Orders, pick: Pick | null): Plan {
  const only = list.length === 1;
  const [first, ...rest] = list;
  const description = only
    ? describeOrder(first!)
    : `depending on column or row, as in MLAS ${words}: ${[first!, ...rest].map(describeOrder).join("; or ")}`;
  return { description, layout: 0, orders: list, pick: only ? null : pick };
}
