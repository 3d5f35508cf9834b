import { type Bias, type Kernels, madeFor, Orders, planOf } from "./mlas-orders.ts";
import { PACKED_STRIDE_K, threaded } from "./mlas-products.ts";
import { doubledPlans, windowPlans } from "./mlas-windows.ts";
import { orderKey, type Plan, uniformEnds } from "./order.ts";
import type { MatrixShape, ProductShape } from "./shape.ts";

/*
 * How MLAS, ONNX Runtime's own matrix library for CPUs and WebAssembly, adds up: read from its sources (sgemm.cpp,
 * convolve.cpp, SgemmKernelM1*.S, SgemvKernelWasmSimd.cpp) and checked against 1.30 by this repository's tests. K is cut
 * into blocks whose length follows from the other sizes, each column is one chain within a block, and a block is added to
 * what is there, which is the bias in Gemm and nothing in Conv, where the bias comes last. Products of one row have kernels
 * of their own. Threads split the columns or the rows, so that the sizes that count are those of a thread's share.
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

/** Without those that add every element like an earlier one. */
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

/** Which columns and rows follow which order. Threads cut at multiples of 16 or by rows, never both. */
function signature({ pick }: Plan, rows: number, columns: number): string {
  if (pick === null) return "";
  const along = Array.from({ length: columns }, (_, column) => pick(0, column));
  const down = Array.from({ length: rows }, (_, row) => pick(row, columns - 1));
  return `${along.join("")} ${down.join("")}`;
}
