import { type Bias, type Kernels, madeFor, Orders, planOf } from "./mlas-orders.ts";
import { PACKED_STRIDE_K, threaded } from "./mlas-products.ts";
import { doubledPlans, windowPlans } from "./mlas-windows.ts";
import { orderKey, type Plan, uniformEnds } from "./order.ts";
import type { MatrixShape, ProductShape } from "./shape.ts";

/*
 * The summation orders of MLAS, ONNX Runtime's matrix library for CPUs and WebAssembly: taken from its sources
 * (sgemm.cpp, convolve.cpp, SgemmKernelM1*.S, SgemvKernelWasmSimd.cpp) and checked against 1.30 by this repository's
 * tests. K is cut into blocks whose length depends on the other sizes. Within a block each column is one chain, and a
 * block is added to the previous total, which starts with the bias in Gemm; Conv adds the bias last. Products of one
 * row have their own kernels. Threads split the columns or the rows, so the sizes of a thread's share count.
 */

const THREADS = [1, 2, 3, 4, 6, 8, 12, 16] as const;

export function mlasPlans(shape: ProductShape, hasBias: boolean): readonly Plan[] {
  const plans: Plan[] = [];
  if (shape.kind === "matrix") plans.push(packedPlan(shape, hasBias ? "first" : "none"));
  if (shape.kind === "window") plans.push(...doubledPlans(shape, hasBias ? "last" : "none"));
  for (const kernels of ["general", "wasm", "x64"] as const) {
    for (const threads of THREADS) {
      if (shape.kind === "matrix") plans.push(matrixPlan(shape, hasBias ? "first" : "none", kernels, threads));
      else plans.push(...windowPlans(shape, hasBias ? "last" : "none", kernels, threads));
    }
  }
  return distinct(plans, shape);
}

function packedPlan({ terms }: MatrixShape, bias: Bias): Plan {
  const orders = new Orders();
  orders.chain(uniformEnds(terms, PACKED_STRIDE_K), bias);
  return planOf("with packed weights", orders, null);
}

function matrixPlan(shape: MatrixShape, bias: Bias, kernels: Kernels, threads: number): Plan {
  const orders = new Orders();
  const isVector = shape.columns === 1 && !shape.rightTransposed;
  return planOf(
    madeFor(kernels, threads),
    orders,
    threaded({ ...shape, isVector, bias }, orders, kernels, threads, shape.count),
  );
}

/** Drops plans that add every element like an earlier one. */
function distinct(plans: readonly Plan[], { kind, ...shape }: ProductShape): readonly Plan[] {
  const rows = "rows" in shape ? shape.rows : shape.filters;
  const columns = "columns" in shape ? shape.columns : shape.positions;
  const seen = new Set<string>();
  return plans.filter((each) => {
    const key = `${kind} ${each.orders.map(orderKey).join(" ")} ${signature(each, rows, columns)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The order of each column and row. Threads split at multiples of 16 columns or by rows, never both. */
function signature({ pick }: Plan, rows: number, columns: number): string {
  if (pick === null) return "";
  const along = Array.from({ length: columns }, (_, column) => pick(0, column));
  const down = Array.from({ length: rows }, (_, row) => pick(row, columns - 1));
  return `${along.join("")} ${down.join("")}`;
}
