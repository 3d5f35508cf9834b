import { elementsOf } from "../../tensors/tensor-value.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { hasSubnormals, type Operand, type Operands } from "./operands.ts";
import type { Layout, SumProblem } from "./problem.ts";
import type { MatrixShape } from "./shape.ts";

/** The position and strides of a matrix in its flat tensor. */
interface Placed {
  readonly numbers: Operand["numbers"];
  readonly rowStep: number;
  readonly columnStep: number;
  /** Start of each matrix of the batch; a single start: one matrix for all. */
  readonly starts: Int32Array;
}

const PLAIN: readonly Layout[] = [{ description: "", place: null, natural: [] }];

/** Gemm, and com.microsoft's FusedGemm with a Relu activation. */
export function gemmProblem(given: Operands): SumProblem {
  const call = given.attributes;
  const [a, b] = [given.input(0), given.input(1)];
  if (a.dims.length !== 2 || b.dims.length !== 2) throw new NotAnalysed("Its factors are not matrices.");
  const [leftTransposed, rightTransposed] = [call.int("transA", 0) !== 0, call.int("transB", 0) !== 0];
  const rows = a.dims[leftTransposed ? 1 : 0]!;
  const terms = a.dims[leftTransposed ? 0 : 1]!;
  const columns = b.dims[rightTransposed ? 0 : 1]!;
  if (b.dims[rightTransposed ? 1 : 0] !== terms) throw new NotAnalysed("The shapes of its factors do not match.");
  const [alpha, beta] = [call.real("alpha", 1), call.real("beta", 1)];
  const bias = given.has(2) && beta !== 0 ? given.input(2) : null;
  return matrixProblem({
    type: a.type,
    left: placed(a, leftTransposed, Int32Array.of(0)),
    right: placed(b, rightTransposed, Int32Array.of(0)),
    rows,
    columns,
    terms,
    leftTransposed,
    rightTransposed,
    alpha,
    beta,
    addend: bias && broadcastTo(bias, rows, columns),
    relu: reluAfter(call),
    hasSubnormals: hasSubnormals(a) || hasSubnormals(b),
  });
}

/** MatMul, and com.microsoft's FusedMatMul. */
export function matMulProblem(given: Operands): SumProblem {
  const call = given.attributes;
  const [a, b] = [given.input(0), given.input(1)];
  if (call.int("transBatchA", 0) !== 0 || call.int("transBatchB", 0) !== 0) {
    throw new NotAnalysed("It transposes its batch axes, which is not emulated.");
  }
  // A vector is a row on the left and a column on the right; neither is transposed.
  const leftTransposed = call.int("transA", 0) !== 0 && a.dims.length > 1 && b.dims.length > 1;
  const rightTransposed = call.int("transB", 0) !== 0 && b.dims.length > 1;
  // ONNX Runtime multiplies each row with a vector on the right separately, as matrices of one row.
  const eachRow = b.dims.length === 1 && a.dims.length > 1;
  const leftDims =
    a.dims.length === 1 ? [1, ...a.dims] : eachRow ? [...a.dims.slice(0, -1), 1, a.dims.at(-1)!] : a.dims;
  const rightDims = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const [m, k] = ends(leftDims, leftTransposed);
  const [inner, n] = ends(rightDims, rightTransposed);
  if (k !== inner || leftDims.length < 2 || rightDims.length < 2)
    throw new NotAnalysed("The shapes of its factors do not match.");
  const [leftBatch, rightBatch] = [leftDims.slice(0, -2), rightDims.slice(0, -2)];
  // ONNX Runtime combines a stack of matrices that share the right factor into one product.
  const stacked =
    !eachRow && rightBatch.every((size) => size === 1) && !leftTransposed && rightDims.length <= leftDims.length;
  const rows = stacked ? leftBatch.reduce((product, size) => product * size, m) : m;
  const batch = stacked ? [1] : broadcastDims(leftBatch, rightBatch);
  return matrixProblem({
    type: a.type,
    left: placed(
      { ...a, dims: leftDims },
      leftTransposed,
      stacked ? Int32Array.of(0) : batchStarts(leftBatch, batch, m * k),
    ),
    right: placed({ ...b, dims: rightDims }, rightTransposed, batchStarts(stacked ? [] : rightBatch, batch, k * n)),
    rows,
    columns: n,
    terms: k,
    leftTransposed,
    rightTransposed,
    alpha: call.real("alpha", 1),
    beta: 0,
    addend: null,
    relu: false,
    hasSubnormals: hasSubnormals(a) || hasSubnormals(b),
  });
}

interface Parts
  extends
    Pick<SumProblem, "type" | "alpha" | "beta" | "relu" | "hasSubnormals">,
    Pick<MatrixShape, "rows" | "columns" | "terms" | "leftTransposed" | "rightTransposed"> {
  readonly left: Placed;
  readonly right: Placed;
  readonly addend: ((row: number, column: number) => number) | null;
}

function matrixProblem(parts: Parts): SumProblem {
  const { type, alpha, beta, relu, hasSubnormals: subnormals, left, right, addend, ...sizes } = parts;
  const { rows, columns, terms } = sizes;
  const count = Math.max(left.starts.length, right.starts.length);
  const each = rows * columns;
  const row = (index: number): number => Math.floor((index % each) / columns);
  const column = (index: number): number => index % columns;
  return {
    type,
    elements: count * each,
    terms,
    shape: { kind: "matrix", ...sizes, count, plain: alpha === 1 && (beta === 0 || beta === 1 || addend === null) },
    alpha,
    beta,
    hasAddend: addend !== null,
    layouts: PLAIN,
    hasSubnormals: subnormals,
    relu,
    normwise: null,
    row,
    column,
    addend: (index) => addend?.(row(index), column(index)) ?? 0,
    gather(index, _, into, intoRight) {
      const matrix = Math.floor(index / each);
      const start = startOf(left, matrix) + row(index) * left.rowStep;
      const rightStart = startOf(right, matrix) + column(index) * right.columnStep;
      for (let k = 0, at = start, other = rightStart; k < terms; k++, at += left.columnStep, other += right.rowStep) {
        into[k] = left.numbers[at]!;
        intoRight[k] = right.numbers[other]!;
      }
      return terms;
    },
  };
}

function startOf({ starts }: Placed, matrix: number): number {
  return starts[starts.length === 1 ? 0 : matrix]!;
}

function placed({ numbers, dims }: Pick<Operand, "numbers" | "dims">, transposed: boolean, places: Int32Array): Placed {
  const width = dims.at(-1)!;
  return { numbers, rowStep: transposed ? 1 : width, columnStep: transposed ? width : 1, starts: places };
}

function ends(dims: readonly number[], transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = [dims.at(-2) ?? 1, dims.at(-1) ?? 1];
  return transposed ? [columns, rows] : [rows, columns];
}

function broadcastDims(left: readonly number[], right: readonly number[]): readonly number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [left[axis - rank + left.length] ?? 1, right[axis - rank + right.length] ?? 1];
    if (one !== other && one !== 1 && other !== 1) throw new NotAnalysed("The batch axes of its factors do not match.");
    return Math.max(one, other);
  });
}

/** The start of each matrix of a broadcast batch in its own tensor. */
function batchStarts(own: readonly number[], batch: readonly number[], size: number): Int32Array {
  const count = elementsOf(batch);
  return Int32Array.from({ length: count }, (_, index) => {
    let [rest, start, step] = [index, 0, size];
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const length = own[axis - batch.length + own.length] ?? 1;
      const at = rest % batch[axis]!;
      rest = Math.floor(rest / batch[axis]!);
      if (length > 1) start += at * step;
      step *= length;
    }
    return start;
  });
}

/** Gemm's C: a scalar, a row, a column or a whole matrix. */
function broadcastTo(
  { numbers, dims }: Operand,
  rows: number,
  columns: number,
): (row: number, column: number) => number {
  const [height, width] = [dims.at(-2) ?? 1, dims.at(-1) ?? 1];
  if (dims.length > 2 || (height !== 1 && height !== rows) || (width !== 1 && width !== columns)) {
    throw new NotAnalysed("Its bias does not match its output.");
  }
  const [down, along] = [height === 1 ? 0 : width, width === 1 ? 0 : 1];
  return (row, column) => numbers[row * down + column * along]!;
}

/** @throws NotAnalysed for an activation that is not emulated */
export function reluAfter(call: Call): boolean {
  const activation = call.text("activation", "");
  if (activation === "" || activation === "Relu") return activation === "Relu";
  throw new NotAnalysed(`Its activation ${activation} is not emulated.`);
}
