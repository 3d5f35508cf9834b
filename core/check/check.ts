import type { Graph, GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { readCertificate, type Certificate, type Claim, type NodeReport } from "./certificate.ts";
import { CheckedNode, type Derived } from "./node.ts";
import { hull, inZone, range, type Range } from "./range.ts";
import { reject, Rejection } from "./rejection.ts";
import { RULES } from "./rules.ts";
import { shown, Sizes, type Dims } from "./sizes.ts";
import { constant, floats, isComputable, type FloatTensor, type Known } from "./tensor.ts";

export type Checked =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** The node, tensor or key that does not hold. */
      readonly where: string;
      readonly reason: string;
    };

/** Float32 counts integers exactly below 2^24: the theorem's limit. */
const EXACT_UNITS = 2n ** 24n;
const [FIRST_OPSET, LAST_OPSET] = [7, 25];

/**
 * Verifies a certificate of a model: each claim about a tensor must be what follows from the claims about the inputs of
 * the node that makes it, and each statement about the model what follows from its nodes.
 * @param model as it is executed
 * @param json the certificate, parsed
 */
export function checkCertificate(model: OnnxModel, json: unknown): Checked {
  const check = new Check(model);
  try {
    check.run(readCertificate(json));
    return { accepted: true };
  } catch (error) {
    if (error instanceof Rejection) return { accepted: false, where: check.where, reason: error.message };
    throw error;
  }
}

class Check {
  where = "certificate";
  readonly #model: OnnxModel;
  readonly #graph: Graph;
  readonly #sizes = new Sizes();
  readonly #known = new Map<string, Known>();
  readonly #derived: { readonly name: string; readonly derived: Derived }[] = [];
  #claims: readonly Claim[] = [];
  #claimsRead = 0;

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#graph = model.graph;
  }

  run(certificate: Certificate): void {
    this.#claims = certificate.claims;
    this.where = "model";
    const opset = this.#model.opsets.get("") ?? reject("It does not use ONNX's own operators.");
    if (opset < FIRST_OPSET || opset > LAST_OPSET) reject(`Its opset is ${opset}.`);
    refuseSharedNames(this.#graph);
    this.#input(certificate.domain);
    const nodes = neededNodes(this.#graph);
    if (certificate.nodes.length !== nodes.length)
      reject(`It needs ${nodes.length} nodes, and the certificate lists ${certificate.nodes.length}.`);
    for (const [at, node] of nodes.entries()) this.#node(node, certificate.nodes[at]!, opset);
    this.where = "claims";
    if (this.#claimsRead !== this.#claims.length) reject("It claims something of a tensor that no node makes.");
    for (const { name } of this.#graph.outputs) this.#output(name);
    this.#statements(certificate);
  }

  #input({ shape, exponent, lo, hi }: Certificate["domain"]): void {
    const [input, second] = this.#graph.inputs;
    if (input === undefined || second !== undefined || input.elementType !== "float32")
      return reject("It does not have one input of float32.");
    this.where = input.name;
    const declared = input.shape ?? shape;
    if (declared.length !== shape.length || declared.some((size, axis) => size >= 0 && size !== shape[axis]))
      reject(`The domain has the shape ${shown(shape)}, the input ${shown(declared)}.`);
    if (lo > hi) reject("The domain is empty.");
    const values = range(exponent, BigInt(lo), BigInt(hi));
    if (!inZone(values)) reject("The domain leaves the range from 2^-30 to 2^30.");
    // Axes of one name are of one size.
    const dims = shape.map((size, axis) => (size >= 0 ? size : this.#sizes.of("input", input.dimNames[axis] ?? axis)));
    this.#claimed(input.name, floats({ dims, ranges: [values] }));
  }

  #node(node: GraphNode, report: NodeReport, opset: number): void {
    const name = node.name || node.outputs.find((output) => output !== "") || node.op;
    this.where = name;
    if (node.domain !== "" || this.#model.functions.some((each) => each.name === node.op))
      reject("It is not an operator of ONNX's own.");
    const rule = RULES.get(node.op) ?? reject(`No rule is known for ${node.op}.`);
    const inputs = node.inputs.map((input) => (input === "" ? null : this.#value(input)));
    const derived = rule(new CheckedNode(node, inputs, opset, this.#sizes));
    const worst = worstSum(derived.sums ?? []);
    if (worst !== null && worst.units >= EXACT_UNITS)
      reject(`Its terms come to ${worst.units} units, and only sums below 2^24 never round.`);
    const { tensor } = derived;
    if (tensor.type === "float32" && tensor.data === null && !isComputable(tensor))
      reject("Its output leaves the range from 2^-30 to 2^30.");
    this.#claimed(node.outputs[0] || reject("Its first output has no name."), tensor);
    compareReport(report, reportOf(name, node.op, tensor, worst));
    this.#derived.push({ name, derived });
  }

  #value(name: string): Known {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const tensor = this.#graph.initializers.get(name) ?? reject(`No node before it makes "${name}".`);
    const value = constant(tensor);
    this.#known.set(name, value);
    return value;
  }

  /** The next claim must be the derived one. What it calls a size is the size's name from here on. */
  #claimed(name: string, derived: Known): void {
    if (derived.type === "other") {
      this.#known.set(name, derived);
      return;
    }
    const claim = this.#claims[this.#claimsRead++] ?? reject("Nothing is claimed of its output.");
    if (claim.tensor !== name) reject(`The claim in its place is about "${claim.tensor}" instead of "${name}".`);
    if (claim.type !== derived.type) reject(`It is claimed to hold ${claim.type} instead of ${derived.type}.`);
    this.#sameDims(derived.dims, claim.dims);
    if (claim.type === "integers" && derived.type === "integers") {
      if (!sameList(claim.elements, derived.elements))
        reject(`Its elements are claimed to be [${claim.elements.join(", ")}] instead of ${shown(derived.elements)}.`);
      this.#known.set(name, derived);
    } else if (claim.type === "float32" && derived.type === "float32") {
      compareRanges(claim.ranges, derived.ranges);
      if (claim.mayBeNegativeZero !== derived.mayBeNegativeZero)
        reject(`Its zeros ${derived.mayBeNegativeZero ? "may" : "cannot"} be -0, and the claim says otherwise.`);
      this.#known.set(name, { ...derived, dims: claim.dims });
    }
  }

  #sameDims(derived: Dims, claimed: Dims): void {
    if (derived.length !== claimed.length || !derived.every((size, axis) => this.#sizes.matches(size, claimed[axis]!)))
      reject(`Its shape is claimed to be ${shown(claimed)} instead of ${shown(derived)}.`);
  }

  #output(name: string): void {
    this.where = name;
    const value = this.#known.get(name) ?? reject("No node makes this output.");
    if (value.type !== "float32") reject("This output is not float32.");
    else if (value.mayBeNegativeZero) reject("A zero in this output may be -0.");
  }

  #statements(certificate: Certificate): void {
    const all = this.#derived;
    const named = (has: (derived: Derived) => boolean | undefined): readonly string[] =>
      all.filter(({ derived }) => has(derived)).map(({ name }) => name);
    const other = named(({ otherAlgorithm }) => otherAlgorithm);
    const wide = named(({ tooWideForTf32 }) => tooWideForTf32);
    const faults = named(({ webgpuFault }) => webgpuFault);
    const units = all.map(({ derived }) => worstSum(derived.sums ?? [])?.units ?? 0n);
    const headroom = Math.max(0, ...units.map((each) => Number(each) / Number(EXACT_UNITS)));
    const { exponent, lo, hi } = certificate.domain;
    const inputs = `integers ${lo} to ${hi}${exponent === 0 ? "" : ` times 2^${exponent}`}`;
    this.#states("otherAlgorithms", sameList(nodesIn(certificate.otherAlgorithms), other));
    this.#states("tooWideForTf32", sameList(nodesIn(certificate.tooWideForTf32), wide));
    this.#states("webgpuFaults", sameList(nodesIn(certificate.webgpuFaults), faults));
    this.#states("anyAlgorithm", certificate.anyAlgorithm === (other.length === 0));
    this.#states("tf32Safe", certificate.tf32Safe === (wide.length === 0));
    this.#states("headroomUsed", certificate.headroomUsed === headroom);
    this.#states("inputDomain", certificate.inputDomain === inputs);
  }

  #states(key: string, holds: boolean): void {
    this.where = key;
    if (!holds) reject("It is not what follows from the nodes.");
  }
}

/** Readers differ in which definition of a name counts. */
function refuseSharedNames({ inputs, initializers, nodes }: Graph): void {
  const names = [
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== "")),
  ];
  if (new Set(names).size !== names.length) reject("Two values have one name.");
}

/** Those that the outputs depend on, in the graph's order. */
function neededNodes({ nodes, outputs }: Graph): readonly GraphNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  return nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((name) => needed.has(name));
      if (isNeeded) for (const name of node.inputs) needed.add(name);
      return isNeeded;
    })
    .toReversed();
}

interface WorstSum {
  readonly units: bigint;
  readonly unit: number;
  readonly channel: number | null;
}

/** The first channel with the most terms; null where nothing is summed. */
function worstSum(sums: readonly Range[]): WorstSum | null {
  let worst: WorstSum | null = null;
  for (const [channel, { terms, unit }] of sums.entries()) {
    if (worst === null || terms > worst.units) worst = { units: terms, unit, channel };
  }
  return worst !== null && sums.length === 1 ? { ...worst, channel: null } : worst;
}

function reportOf(name: string, op: string, tensor: Known, worst: WorstSum | null): Omit<NodeReport, "reason"> {
  const whole = tensor.type === "float32" ? hull(tensor.ranges) : null;
  return {
    name,
    op,
    exact: true,
    grid: whole?.unit ?? null,
    interval: whole && [Number(whole.lo) * 2 ** whole.unit, Number(whole.hi) * 2 ** whole.unit],
    bound: worst && { units: Number(worst.units), exponent: worst.unit, channel: worst.channel },
    mayBeNegativeZero: tensor.type === "float32" && tensor.mayBeNegativeZero,
  };
}

function compareReport(claimed: NodeReport, derived: Omit<NodeReport, "reason">): void {
  for (const key of Object.keys(derived) as (keyof typeof derived)[]) {
    if (JSON.stringify(claimed[key]) !== JSON.stringify(derived[key]))
      reject(`nodes says ${key} ${JSON.stringify(claimed[key])}, and ${JSON.stringify(derived[key])} follows.`);
  }
}

function compareRanges(claimed: readonly (readonly number[])[], derived: FloatTensor["ranges"]): void {
  if (claimed.length !== derived.length) reject(`${claimed.length} ranges are claimed, and ${derived.length} follow.`);
  for (const [at, { unit, lo, hi, terms }] of derived.entries()) {
    // Numbers that are compared this way are equal only if they are the same integer.
    const follows = [unit, lo, hi, terms].map(Number);
    if (!sameList(claimed[at]!, follows) || BigInt(follows[1]!) !== lo || BigInt(follows[2]!) !== hi)
      reject(`Range ${at} is claimed to be [${claimed[at]!.join(", ")}], and [${follows.join(", ")}] follows.`);
  }
}

function sameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((each, at) => each === right[at]);
}

function nodesIn(list: readonly { readonly node: string }[]): readonly string[] {
  return list.map(({ node }) => node);
}
