import type { Call } from "../call.ts";
import { rangesIn } from "../channels.ts";
import { describeDims, type Dim, type Dims } from "../dims.ts";
import { powerOfTwo } from "../grid.ts";
import { afterScales, FRESH, mergedHistory } from "../history.ts";
import { boundOf, outcome, type Outcome } from "../outcome.ts";
import { holdsZero, joinAll, negate, shifted, single, ZERO, type Range } from "../range.ts";
import { refuse } from "../refusal.ts";
import { tf32Complaint, weightedSum, type Run } from "../sums.ts";
import { floatValue, wholeRange, type FloatValue } from "../value.ts";
import { zoneComplaint } from "../zone.ts";
import type { OperatorRules, ConstantOf } from "../operator-rule.ts";
import type { GraphNode } from "#core/onnx/graph.ts";
import { intAttribute } from "#core/onnx/node-attributes.ts";

/** MatMul with constant weights [k, m] or [k] on the right. */
function matMul(call: Call): Outcome {
  call.allow();
  const x = call.operand(0);
  const weights = call.constant(1, "weights (the right-hand factor)");
  // Optimisers fuse a Transpose before a vector as if the vector were a matrix.
  if (weights.dims.length !== 2)
    refuse(`Its weights have the shape ${describeDims(weights.dims)}; the rule covers only matrices.`);
  const [depth, width] = weights.dims as [number, number];
  const channels = columns(features(x, depth), { depth, width, transposed: false });
  const ranges = channels.map((runs) => weightedSum(weights.constant, runs, ZERO, false));
  const dims = x.dims && [...x.dims.slice(0, -1), width];
  const output = floatValue({ dims, ranges: alongAxisOne(ranges, dims), negativeZero: "it has no bias" });
  return outcome(
    output,
    "a sum of products that all lie on one grid: exact in every order while sum(|w|) x max|x| is below 2^24",
    {
      bound: boundOf(ranges, call.exactUnits, "sum(|w|) x max|x|"),
      tooWideForTf32: tf32Complaint(x.ranges, weights.constant, channels),
    },
  );
}

/** Gemm: alpha * A' * B' + beta * C, with B constant and alpha and beta powers of two. C may depend on the input. */
function gemm(call: Call): Outcome {
  call.allow("alpha", "beta", "transA", "transB");
  const weights = call.constant(1, "weights (the input B)");
  const c = call.optionalOperand(2);
  if (weights.dims.length !== 2)
    refuse(`Its weights have the shape ${describeDims(weights.dims)}, which is not a matrix.`);
  const transposed = call.flag("transB");
  const depth = weights.dims[transposed ? 1 : 0]!;
  const width = weights.dims[transposed ? 0 : 1]!;
  const { x, rows } = leftFactor(call);
  const alpha = factorOf(call, "alpha");
  const beta = factorOf(call, "beta");
  const scaled = features(x, depth).map((range) => scaledBy(range, alpha));
  const channels = columns(scaled, { depth, width, transposed });
  const dims: Dims = [rows, width];
  requireBroadcast(c, dims);
  const addends = c === null ? [ZERO] : rangesIn(c, dims).map((range) => scaledBy(range, beta));
  const ranges = channels.map((runs, at) =>
    weightedSum(weights.constant, runs, addends[addends.length === 1 ? 0 : at]!, false),
  );
  // alpha is multiplied with the scales before the product, or with those after it.
  afterScales(x.history, [alpha.exponent]);
  const product = { ...FRESH, scales: afterScales(FRESH, [alpha.exponent]) };
  const addend = c === null ? [] : [{ ...FRESH, scales: afterScales(c.history, [beta.exponent]) }];
  const output = floatValue({
    dims,
    ranges,
    negativeZero: signOfZero(c, addends, beta.value),
    history: mergedHistory([product, ...addend]),
  });
  return outcome(
    output,
    "a sum of products that all lie on one grid: exact in every order while sum(|w|) x max|x| + |C| is below 2^24",
    {
      bound: boundOf(ranges, call.exactUnits, "sum(|w|) x max|x| + |C|"),
      tooWideForTf32: tf32Complaint(x.ranges, weights.constant, channels),
    },
  );
}

/** C may be smaller than the product, but not larger. */
function requireBroadcast(c: FloatValue | null, product: Dims): void {
  if (c === null || c.dims === null) return;
  const missing = product.length - c.dims.length;
  if (missing < 0 || c.dims.some((dim, axis) => dim !== 1 && dim !== product[axis + missing]))
    refuse(`Its C has the shape ${describeDims(c.dims)}, which does not broadcast to ${describeDims(product)}.`);
}

function leftFactor(call: Call): { x: FloatValue; rows: Dim } {
  const x = call.operand(0);
  if (x.dims === null) return { x, rows: call.unknownSize(0) };
  if (x.dims.length !== 2) refuse(`Its input has the shape ${describeDims(x.dims)}, which is not a matrix.`);
  if (!call.flag("transA")) return { x, rows: x.dims[0]! };
  // The summed axis is then axis 0, whose indices do not have their own ranges.
  return { x: { ...x, dims: [x.dims[1]!, x.dims[0]!], ranges: [wholeRange(x)] }, rows: x.dims[1]! };
}

/** The ranges of the summed axis: one per feature, or one for all. */
function features(x: FloatValue, depth: number): readonly Range[] {
  const last = x.dims?.at(-1);
  if (typeof last === "number" && last !== depth)
    refuse(`Its weights sum over ${depth} features, but its input has ${last}.`);
  return x.dims?.length === 2 && x.ranges.length === depth ? x.ranges : [wholeRange(x)];
}

interface Matrix {
  readonly depth: number;
  readonly width: number;
  readonly transposed: boolean;
}

/** The weights that each column sums over; neighbouring features with the same range form one run. */
function columns(x: readonly Range[], { depth, width, transposed }: Matrix): readonly (readonly Run[])[] {
  const step = transposed ? 1 : width;
  const groups = x.length === 1 ? [{ first: 0, count: depth, x: x[0]! }] : neighbours(x);
  return Array.from({ length: width }, (_, column) => {
    const origin = transposed ? column * depth : column;
    return groups.map((group) => ({ start: origin + group.first * step, step, count: group.count, x: group.x }));
  });
}

function neighbours(x: readonly Range[]): readonly { first: number; count: number; x: Range }[] {
  const groups: { first: number; count: number; x: Range }[] = [];
  for (const [feature, each] of x.entries()) {
    const last = groups.at(-1);
    if (last?.x === each) last.count += 1;
    else groups.push({ first: feature, count: 1, x: each });
  }
  return groups;
}

/** Columns are axis 1 only in a matrix. */
function alongAxisOne(ranges: readonly Range[], dims: Dims | null): readonly Range[] {
  return dims?.length === 2 ? ranges : [joinAll(ranges)];
}

interface Factor {
  readonly value: number;
  readonly exponent: number;
}

function factorOf(call: Call, name: "alpha" | "beta"): Factor {
  const value = call.real(name, 1);
  const exponent = powerOfTwo(value) ?? refuse(`Its ${name} is ${value}; only powers of two are exact.`);
  const complaint = zoneComplaint([single(value)]);
  return complaint === null ? { value, exponent } : refuse(`Its ${name} ${complaint}`);
}

function scaledBy(range: Range, { value, exponent }: Factor): Range {
  return shifted(value < 0 ? negate(range) : range, exponent);
}

function signOfZero(c: FloatValue | null, addends: readonly Range[], beta: number): string | null {
  if (c === null) return "it has no C";
  if (beta < 0 && addends.some(holdsZero)) return "its negative beta makes a zero of C -0";
  return c.negativeZero && "its C may hold -0";
}

/** Rows stay independent if the weights are one matrix. */
function productRank(node: GraphNode, rank: number, constant: ConstantOf): number | null {
  return rank >= 2 && constant(node.inputs[1])?.dims.length === 2 ? rank : null;
}

function gemmRank(node: GraphNode, _rank: number, constant: ConstantOf): number | null {
  if (intAttribute(node, "transA", 0) !== 0) return null;
  const bias = node.inputs[2] ? constant(node.inputs[2])?.dims : [];
  return bias !== undefined && (bias.length < 2 || bias[0] === 1) ? 2 : null;
}

export const MATRIX: OperatorRules = {
  Gemm: { rule: gemm, rows: gemmRank },
  MatMul: { rule: matMul, rows: productRank },
};
