import { describeOrder, type Join, type Order, orderKey, type Plan, uniformEnds } from "./order.ts";
import { mlasPlans } from "./mlas.ts";
import type { Layout, SumProblem } from "./problem.ts";

/** Block lengths along K in kernels: vec4 dot products, GPU tiles, cache blocks. */
const BLOCKS = [4, 8, 16, 32, 64, 128, 256, 384, 512, 1024, 2048, 4096] as const;
/** Split-K: the number of shares of K, each summed by other threads. */
const SPLITS = [2, 3, 4, 5, 6, 8, 10, 12, 16, 32] as const;
const LANES = [2, 4, 8, 16, 32, 64, 128, 256] as const;
const JOINS: readonly Join[] = ["neighbours", "halves", "in turn"];
/** Blocks that are summed in lanes: a dot product of two vec4 or vec8, a tile of 16 to 32. */
const LANED_BLOCKS = [4, 8, 16, 32, 64, 128, 256] as const;

/**
 * Every summation order to try on a node, the most likely first: MLAS's, then those of other runtimes' kernels
 * (WEBGPU's and CUDA's tiles, vec4 dot products, workgroups that combine lanes, split-K).
 */
export function planFamily(problem: SumProblem): readonly Plan[] {
  const { terms, shape, hasAddend, layouts } = problem;
  const general = layouts.flatMap((layout, at) =>
    generalOrders(terms, layout, hasAddend, problem.alpha).map((order) => generalPlan(order, layout, at)),
  );
  return distinct([...mlasPlans(shape, hasAddend), ...general]);
}

function distinct(plans: readonly Plan[]): readonly Plan[] {
  const seen = new Set<string>();
  return plans.filter(({ orders, pick, layout }) => {
    if (pick !== null) return true;
    const key = `${layout} ${orderKey(orders[0]!)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function generalPlan(order: Order, { description }: Layout, layout: number): Plan {
  const words = describeOrder(order);
  return { description: description === "" ? words : `${description}: ${words}`, layout, orders: [order], pick: null };
}

function generalOrders(terms: number, { natural }: Layout, hasAddend: boolean, alpha: number): readonly Order[] {
  const whole = [terms];
  const splits = SPLITS.flatMap((parts) => [Math.ceil(terms / parts), Math.ceil(terms / parts / 8) * 8]);
  const chained = [...whole, ...natural, ...BLOCKS, ...splits].filter((block) => block > 1 && block <= terms);
  const orders: Order[] = [];
  const add = (ends: Int32Array, lanes: number, join: Join): void => {
    for (const bias of biases(hasAddend, alpha, lanes)) {
      orders.push({ ends, lanes, join, opens: "zero", bias, scale: "block" });
      // Alpha can be applied at the end only if the bias is.
      if (alpha !== 1 && bias !== "first") orders.push({ ends, lanes, join, opens: "zero", bias, scale: "end" });
    }
  };
  for (const block of new Set(chained.length > 0 ? chained : whole)) add(uniformEnds(terms, block), 1, "in turn");
  for (const run of natural) if (run > 4 && run < terms && run % 4 > 0) add(foursOf(terms, run), 1, "in turn");
  for (const lanes of LANES) {
    if (lanes >= terms) break;
    for (const join of lanes === 2 ? JOINS.slice(0, 1) : JOINS) {
      for (const block of new Set([...whole, ...natural, ...LANED_BLOCKS])) {
        // One product per lane, joined in turn, is a chain.
        const isChain = block === lanes && (join === "in turn" || lanes === 2);
        if (block >= lanes && block <= terms && !isChain) add(uniformEnds(terms, block), lanes, join);
      }
    }
  }
  return orders;
}

/** vec4 dot products in runs that are not a multiple of 4: the remainder of each run is a block of its own. */
function foursOf(terms: number, run: number): Int32Array {
  const ends: number[] = [];
  for (let from = 0; from < terms; from += run) {
    for (let end = from + 4; end < from + run; end += 4) ends.push(end);
    ends.push(from + run);
  }
  return Int32Array.from(ends);
}

function biases(hasAddend: boolean, alpha: number, lanes: number): readonly Order["bias"][] {
  if (!hasAddend) return ["none"];
  return alpha === 1 && lanes === 1 ? ["last", "first", "seed"] : ["last", "first"];
}
