import type { Certificate, NodeReport } from "./certificate.ts";
import type { Derived } from "./node.ts";
import { hull } from "./range.ts";
import { reject } from "./rejection.ts";

/** Float32 counts integers exactly below 2^24: the theorem's limit. */
const EXACT_UNITS = 2n ** 24n;

export interface DerivedNode {
  readonly name: string;
  readonly op: string;
  readonly derived: Derived;
}

interface WorstSum {
  readonly units: bigint;
  readonly exponent: number;
  readonly channel: number | null;
}

/** The first channel with the most terms; null where nothing is summed. @throws Rejection where they reach 2^24 */
export function worstSum({ sums = [] }: Derived): WorstSum | null {
  let worst: WorstSum | null = null;
  for (const [channel, { terms, unit }] of sums.entries()) {
    if (worst === null || terms > worst.units)
      worst = { units: terms, exponent: unit, channel: sums.length === 1 ? null : channel };
  }
  if (worst !== null && worst.units >= EXACT_UNITS)
    reject(`Its terms come to ${worst.units} units, and only sums below 2^24 never round.`);
  return worst;
}

/** What the certificate's summary says of a node is what follows. */
export function checkReport(claimed: NodeReport, { name, op, derived }: DerivedNode): void {
  const { tensor } = derived;
  const whole = tensor.type === "float32" ? hull(tensor.ranges) : null;
  const worst = worstSum(derived);
  const follows: Omit<NodeReport, "reason"> = {
    name,
    op,
    exact: true,
    grid: whole && whole.unit,
    interval: whole && [Number(whole.lo) * 2 ** whole.unit, Number(whole.hi) * 2 ** whole.unit],
    bound: worst && { ...worst, units: Number(worst.units) },
    mayBeNegativeZero: tensor.type === "float32" && tensor.mayBeNegativeZero,
  };
  const { bound } = claimed;
  const ordered = {
    ...claimed,
    bound: bound && { units: bound.units, exponent: bound.exponent, channel: bound.channel },
  };
  for (const key of Object.keys(follows) as (keyof typeof follows)[]) {
    const [said, right] = [ordered[key], follows[key]].map((each) => JSON.stringify(each));
    if (said !== right) reject(`Among the nodes its ${key} is said to be ${said}, and ${right} follows.`);
  }
}

/** Phrases of the assumptions that a proof rests on. A certificate may assume more, but not less. */
const ASSUMED = Object.freeze({
  always: ["IEEE-754 float32", "what ONNX says", "Graph optimisation merges", "weights in its file"],
  rounding: "Floor, Ceil and Round are computed exactly",
  division: "division by its window's size",
  convolution: "not by Winograd's",
  tensorCore: "tensor cores multiply 11-bit factors exactly",
});

const UP_TO_EXTENDED = ["disabled", "basic", "extended"];
const EVERY_LEVEL = [...UP_TO_EXTENDED, "all"];

/** What the certificate says of the whole model is what follows from its nodes. */
export function checkStatements(
  certificate: Certificate,
  nodes: readonly DerivedNode[],
  at: (key: string) => void,
): void {
  const named = (has: (derived: Derived) => boolean | undefined): readonly string[] =>
    nodes.filter(({ derived }) => has(derived)).map(({ name }) => name);
  const otherAlgorithms = named(({ otherAlgorithm }) => otherAlgorithm);
  const tooWideForTf32 = named(({ tooWideForTf32: wide }) => wide);
  const webgpuFaults = named(({ webgpuFault }) => webgpuFault);
  const anyAlgorithm = otherAlgorithms.length === 0;
  const tf32Safe = tooWideForTf32.length === 0;
  const { exponent, lo, hi } = certificate.domain;
  const follows: Partial<Record<keyof Certificate, unknown>> = {
    inputDomain: `integers ${lo} to ${hi}${exponent === 0 ? "" : ` times 2^${exponent}`}`,
    covers: [
      ["WASM", EVERY_LEVEL],
      ["CPU", EVERY_LEVEL],
      ...(anyAlgorithm ? [["CUDA", UP_TO_EXTENDED]] : []),
      ...(anyAlgorithm && tf32Safe ? [["CUDA_TF32", UP_TO_EXTENDED]] : []),
      ...(webgpuFaults.length === 0 ? [["WEBGPU", UP_TO_EXTENDED]] : []),
    ],
    anyAlgorithm,
    tf32Safe,
    headroomUsed: Math.max(
      0,
      ...nodes.map(({ derived }) => Number(worstSum(derived)?.units ?? 0n) / Number(EXACT_UNITS)),
    ),
    otherAlgorithms,
    tooWideForTf32,
    webgpuFaults,
  };
  const said: Partial<Record<keyof Certificate, unknown>> = {
    ...certificate,
    covers: certificate.covers.map(({ backend, optimizationLevels }) => [backend, optimizationLevels]),
    otherAlgorithms: certificate.otherAlgorithms.map(({ node }) => node),
    tooWideForTf32: certificate.tooWideForTf32.map(({ node }) => node),
    webgpuFaults: certificate.webgpuFaults.map(({ node }) => node),
  };
  for (const key of Object.keys(follows) as (keyof Certificate)[]) {
    at(key);
    if (JSON.stringify(said[key]) !== JSON.stringify(follows[key]))
      reject(`It is ${JSON.stringify(said[key])}, and ${JSON.stringify(follows[key])} follows.`);
  }
  at("assumptions");
  const relied: string[] = nodes.flatMap(({ derived: { relies } }) => (relies === undefined ? [] : [ASSUMED[relies]]));
  if (!anyAlgorithm) relied.push(ASSUMED.convolution);
  if (tf32Safe && nodes.some(({ op }) => ["Conv", "Gemm", "MatMul"].includes(op))) relied.push(ASSUMED.tensorCore);
  if (new Set(certificate.assumptions).size !== certificate.assumptions.length) reject("It lists an assumption twice.");
  const missing = [...ASSUMED.always, ...relied].find(
    (phrase) => !certificate.assumptions.some((sentence) => sentence.includes(phrase)),
  );
  if (missing !== undefined) reject(`The proof also rests on an assumption that is missing: "... ${missing} ...".`);
}
