import { LINEAR } from "./linear.ts";
import { MOVES } from "./moves.ts";
import type { Rule } from "./node.ts";
import { POINTWISE } from "./pointwise.ts";
import { POOLS } from "./pools.ts";
import { PRODUCTS } from "./products.ts";
import { SELECTIONS } from "./selections.ts";
import { SHAPES } from "./shapes.ts";

/** The checker accepts no other operator. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({ ...LINEAR, ...MOVES, ...POINTWISE, ...POOLS, ...PRODUCTS, ...SELECTIONS, ...SHAPES }),
);
