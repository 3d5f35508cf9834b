import type { Certificate, NodeReport } from "./certificate.ts";
import type { Derived } from "./node.ts";
import { hull } from "./range.ts";
import { reject } from "./rejection.ts";

/** Float32 counts integers exactly below 2^24: the theorem's limit. */
const EXACT_UNITS = 2n ** 24n;

interface WorstSum {
  readonly units: bigint;
  readonly exponent: number;
  readonly channel: number | null;
}

export interface DerivedNode {
  readonly name: string;
  readonly op: string;
  readonly derived: Derived;
  /** Null where nothing is summed. */
  readonly worst: WorstSum | null;
}

/** The first channel with the most terms. @throws Rejection where they reach 2^24 */
export function worstSum({ sums = [] }: Derived): WorstSum | null {
  let channel = 0;
  for (const [at, { terms }] of sums.entries()) if (terms > sums[channel]!.terms) channel = at;
  const worst = sums[channel];
  if (worst === undefined) return null;
  if (worst.terms >= EXACT_UNITS)
    reject(`Its terms reach ${worst.terms} units, and only sums below 2^24 are never rounded.`);
  return { units: worst.terms, exponent: worst.unit, channel: sums.length === 1 ? null : channel };
}

/** The certificate's report on a node must match what was derived. */
export function checkReport(claimed: NodeReport, { name, op, derived: { tensor }, worst }: DerivedNode): void {
  const whole = tensor.type === "float32" ? hull(tensor.ranges) : null;
  const follows: Omit<NodeReport, "reason"> = {
    name,
    op,
    exact: true,
    grid: whole && whole.unit,
    interval: whole && [Number(whole.lo) * 2 ** whole.unit, Number(whole.hi) * 2 ** whole.unit],
    bound: worst && { ...worst, units: Number(worst.units) },
    mayBeNegativeZero: tensor.type === "float32" && tensor.mayBeNegativeZero,
  };
  for (const key of Object.keys(follows) as (keyof typeof follows)[]) {
    const [said, right] = [claimed[key], follows[key]].map((each) => JSON.stringify(each));
    if (said !== right) reject(`Its report states ${key} ${said}, but ${right} follows.`);
  }
}

/** A phrase of each assumption, in the certificate's order. */
export const ASSUMED: Readonly<Record<string, string>> = Object.freeze({
  arithmetic: "in IEEE-754 float32, with or without fused multiply-add, in any order",
  precision: "mode that trades precision for speed is off",
  zeroSign: "of terms that are not all -0, is +0",
  conforming: "computes what ONNX says of each operator",
  optimiser: "merges nodes only as ONNX Runtime does",
  levels: "stays at the levels listed for each backend",
  weights: "is handed the certified bytes, and its input is one of the domain",
  products: "Matrix products are computed by summing products",
  rounding: "Floor, Ceil and Round are computed exactly",
  division: "division by its window's size, a power of two, is exact",
  convolution: "that move by 1 along an axis are computed by summing products",
  strides: "that move by 2 or more are computed by summing products",
  tensorCore: "tensor cores multiply 11-bit factors exactly and add with at least 24 aligned bits",
});
const ALWAYS_ASSUMED = ["arithmetic", "precision", "zeroSign", "conforming", "optimiser", "levels", "weights"];

const UP_TO_EXTENDED = ["disabled", "basic", "extended"];
const EVERY_LEVEL = [...UP_TO_EXTENDED, "all"];

/** The certificate's statements about the whole model must follow from its nodes. @param at called with each key before its comparison */
export function checkStatements(
  certificate: Certificate,
  nodes: readonly DerivedNode[],
  at: (key: string) => void,
): void {
  const follows = statementsOf(certificate.domain, nodes);
  const says = {
    ...certificate,
    covers: certificate.covers.map(({ backend, optimizationLevels }) => [backend, optimizationLevels]),
    assumptions: certificate.assumptions.map(assumptionIn),
    otherAlgorithms: certificate.otherAlgorithms.map(({ node }) => node),
    tooWideForTf32: certificate.tooWideForTf32.map(({ node }) => node),
    webgpuFaults: certificate.webgpuFaults.map(({ node }) => node),
  };
  for (const key of Object.keys(follows) as (keyof typeof follows)[]) {
    at(key);
    const [said, right] = [says[key], follows[key]].map((each) => JSON.stringify(each));
    if (said !== right) reject(`It is ${said}, but ${right} follows.`);
  }
}

function statementsOf({ exponent, lo, hi }: Certificate["domain"], nodes: readonly DerivedNode[]) {
  const named = (has: (derived: Derived) => boolean | undefined): readonly string[] =>
    nodes.filter(({ derived }) => has(derived)).map(({ name }) => name);
  const otherAlgorithms = named((derived) => derived.otherAlgorithm);
  const tooWideForTf32 = named((derived) => derived.tooWideForTf32);
  const webgpuFaults = named((derived) => derived.webgpuFault);
  const anyAlgorithm = otherAlgorithms.length === 0;
  const tf32Safe = tooWideForTf32.length === 0;
  const ops = new Set(nodes.map(({ op }) => op));
  const multiplies = ["Conv", "Gemm", "MatMul"].some((op) => ops.has(op));
  const assumed = new Set<string | undefined>([...ALWAYS_ASSUMED, ...nodes.map(({ derived }) => derived.relies)]);
  if (multiplies) assumed.add("products");
  if (!anyAlgorithm) assumed.add("convolution");
  if (ops.has("Conv")) assumed.add("strides");
  if (multiplies && tf32Safe) assumed.add("tensorCore");
  return {
    inputDomain: `integers ${lo} to ${hi}${exponent === 0 ? "" : ` times 2^${exponent}`}`,
    covers: coveredWhere({ anyAlgorithm, tf32Safe, webgpuFaults: webgpuFaults.length }),
    anyAlgorithm,
    tf32Safe,
    headroomUsed: nodes.reduce(
      (most, { worst }) => Math.max(most, Number(worst?.units ?? 0n) / Number(EXACT_UNITS)),
      0,
    ),
    assumptions: Object.keys(ASSUMED).filter((key) => assumed.has(key)),
    otherAlgorithms,
    tooWideForTf32,
    webgpuFaults,
  };
}

/** Stated independently of the certifier, as in all of the checker; a test compares the two. */
export function coveredWhere(holds: { anyAlgorithm: boolean; tf32Safe: boolean; webgpuFaults: number }) {
  return [
    ["WASM", EVERY_LEVEL],
    ["CPU", EVERY_LEVEL],
    ...(holds.anyAlgorithm ? [["CUDA", UP_TO_EXTENDED]] : []),
    ...(holds.anyAlgorithm && holds.tf32Safe ? [["CUDA_TF32", UP_TO_EXTENDED]] : []),
    ...(holds.webgpuFaults === 0 ? [["WEBGPU", UP_TO_EXTENDED]] : []),
  ];
}

/** The key of the assumption that a sentence states, or the sentence itself if it states none. */
function assumptionIn(sentence: string): string {
  return Object.keys(ASSUMED).find((key) => sentence.includes(ASSUMED[key]!)) ?? sentence;
}
