import type { Graph, GraphNode, OnnxModel, ValueInfo } from "#core/onnx/graph.ts";
import { readCertificate, type Certificate, type Claim, type NodeReport } from "./certificate.ts";
import { CheckedNode, type Derived, type Rule } from "./node.ts";
import { inZone, range, type Range } from "./range.ts";
import { reject, Rejection } from "./rejection.ts";
import { LINEAR } from "./linear.ts";
import { MOVES } from "./moves.ts";
import { POINTWISE } from "./pointwise.ts";
import { POOLS } from "./pools.ts";
import { PRODUCTS } from "./products.ts";
import { SELECTIONS } from "./selections.ts";
import { SHAPES } from "./shapes.ts";
import { inputDims, shown } from "./sizes.ts";
import { checkReport, checkStatements, worstSum, type DerivedNode } from "./statements.ts";
import { constant, floats, isComputable, type Known } from "./tensor.ts";

export type Checked =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** The node, tensor or key of the certificate that is wrong. */
      readonly where: string;
      readonly reason: string;
    };

export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({ ...LINEAR, ...MOVES, ...POINTWISE, ...POOLS, ...PRODUCTS, ...SELECTIONS, ...SHAPES }),
);

/** Version of the rules that this checker implements. Another version may make other claims. */
const RULES_VERSION = 3;
const [FIRST_OPSET, LAST_OPSET] = [7, 25];

/**
 * Verifies a certificate: each claim about a tensor must follow from the claims about the inputs of the node that produces
 * it, and each statement about the model from its nodes.
 * @param model as it is executed; `checkFile` checks that the certificate names it
 * @param json the certificate, parsed
 */
export function checkCertificate(model: OnnxModel, json: unknown): Checked {
  const check = new Check(model);
  try {
    check.run(readCertificate(json));
    return { accepted: true };
  } catch (error) {
    if (error instanceof Rejection) return { accepted: false, where: check.where, reason: error.message };
    // An int64 can state a length that no list has.
    if (error instanceof RangeError) return { accepted: false, where: check.where, reason: "Its sizes are too large." };
    throw error;
  }
}

class Check {
  where = "certificate";
  readonly #model: OnnxModel;
  readonly #graph: Graph;
  readonly #known = new Map<string, Known>();
  readonly #nodes: DerivedNode[] = [];
  #claims: Iterator<Claim> = [].values();

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#graph = model.graph;
  }

  run(certificate: Certificate): void {
    this.#claims = certificate.claims.values();
    if (certificate.rules !== RULES_VERSION)
      reject(`It was made with rules version ${certificate.rules}; this checker supports version ${RULES_VERSION}.`);
    this.where = "model";
    const opset = this.#model.opsets.get("") ?? 0;
    if (opset < FIRST_OPSET || opset > LAST_OPSET || certificate.opset !== opset)
      reject(`Its opset is ${opset}; the certificate states ${certificate.opset}, and the checker supports 7 to 25.`);
    const { irVersion } = certificate.subject;
    if (irVersion !== this.#model.irVersion)
      reject(`Its IR version is ${this.#model.irVersion}; the certificate states ${irVersion}.`);
    refuseAmbiguity(this.#model);
    this.#input(certificate.domain);
    const nodes = neededNodes(this.#graph);
    if (nodes.length !== this.#graph.nodes.length)
      reject("A node does not affect any output. The executed bytes must not contain such nodes.");
    if (certificate.nodes.length !== nodes.length)
      reject(`It has ${nodes.length} nodes; the certificate lists ${certificate.nodes.length}.`);
    for (const [at, node] of nodes.entries()) this.#node(node, certificate.nodes[at]!, opset);
    this.where = "claims";
    if (!this.#claims.next().done) reject("There is a claim about a tensor that no needed node produces.");
    for (const output of this.#graph.outputs) this.#output(output);
    checkStatements(certificate, this.#nodes, (key) => (this.where = key));
  }

  #input({ input: name, shape, exponent, lo, hi }: Certificate["domain"]): void {
    const [input, second] = this.#graph.inputs;
    this.where = name;
    if (input?.name !== name || second !== undefined || input.elementType !== "float32")
      return reject("The model does not have this float32 input as its only one.");
    const declared = input.shape ?? shape;
    if (declared.length !== shape.length || declared.some((size, axis) => size >= 0 && size !== shape[axis]))
      reject(`The domain has the shape ${shown(shape)}, but the input has ${shown(declared)}.`);
    const values = range(exponent, BigInt(lo), BigInt(hi));
    if (lo > hi || !inZone(values)) reject("The domain is empty, or leaves the range from 2^-30 to 2^30.");
    this.#claimed(name, floats({ dims: inputDims(name, shape, input.dimNames), ranges: [values] }));
  }

  #node(node: GraphNode, report: NodeReport, opset: number): void {
    const { op, domain } = node;
    const name = node.name || node.outputs.find((output) => output !== "") || op;
    this.where = name;
    const rule = domain === "" ? RULES.get(op) : undefined;
    if (rule === undefined) return reject(`There is no rule for ${op}${domain && ` of ${domain}`}.`);
    const inputs = node.inputs.map((input) => (input === "" ? null : this.#value(input)));
    const derived = withFolding(rule(new CheckedNode(node, inputs, opset)), inputs);
    const worst = worstSum(derived);
    const { tensor } = derived;
    if (tensor.type === "float32" && tensor.data === null && !isComputable(tensor))
      reject("Its output leaves the range from 2^-30 to 2^30.");
    this.#claimed(node.outputs[0] || reject("Its first output has no name."), tensor);
    this.#nodes.push({ name, op, derived, worst });
    checkReport(report, this.#nodes.at(-1)!);
  }

  #value(name: string): Known {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const weight = constant(this.#graph.initializers.get(name) ?? reject(`No earlier node produces "${name}".`));
    this.#known.set(name, weight);
    return weight;
  }

  /** The next claim must match what was derived. */
  #claimed(name: string, derived: Known): void {
    this.#known.set(name, derived);
    if (derived.type === "other") return;
    const claim: Claim = this.#claims.next().value ?? reject(`There is no claim about "${name}".`);
    const states = `The claim about "${claim.tensor}" states`;
    if (claim.tensor !== name || claim.type !== derived.type)
      reject(`${states} that it holds ${claim.type}, but a claim that "${name}" holds ${derived.type} follows.`);
    if (!same(claim.dims, derived.dims))
      reject(`${states} the shape ${shown(claim.dims)}, but ${shown(derived.dims)} follows.`);
    if (claim.type === "integers" && derived.type === "integers") {
      if (!same(claim.elements, derived.elements))
        reject(`${states} the elements ${shown(claim.elements)}, but ${shown(derived.elements)} follow.`);
    } else if (claim.type === "float32" && derived.type === "float32") {
      compareRanges(claim.ranges, derived.ranges, states);
      if (claim.mayBeNegativeZero !== derived.mayBeNegativeZero)
        reject(`${states} that a zero ${claim.mayBeNegativeZero ? "may" : "cannot"} be -0, but the opposite follows.`);
    }
  }

  #output({ name, shape, dimNames }: ValueInfo): void {
    this.where = name;
    const value = this.#value(name);
    if (value.type !== "float32") return reject("This output is not float32.");
    if (value.mayBeNegativeZero) reject("A zero in this output may be -0.");
    const declared =
      shape?.map((size, axis) => (size < 0 ? (dimNames[axis] ?? value.dims[axis]!) : size)) ?? value.dims;
    if (!same(declared, value.dims))
      reject(`The model declares the shape ${shown(declared)} for it, but ${shown(value.dims)} follows.`);
  }
}

/** A tensor whose float inputs are all constant can be folded too; integers are folded with the shapes. */
function withFolding(derived: Derived, inputs: readonly (Known | null)[]): Derived {
  const { tensor } = derived;
  if (tensor.type !== "float32") return derived;
  const folded = inputs.every((input) => input?.type !== "float32" || input.folded);
  return { ...derived, tensor: { ...tensor, folded } };
}

function compareRanges(claimed: readonly (readonly number[])[], derived: readonly Range[], states: string): void {
  if (claimed.length !== derived.length) reject(`${states} ${claimed.length} ranges, but ${derived.length} follow.`);
  for (const [at, { unit, lo, hi, terms }] of derived.entries()) {
    const counts = claimed[at]!.slice(1).map((count) => (Number.isInteger(count) ? BigInt(count) : null));
    if (claimed[at]![0] !== unit || !same(counts, [lo, hi, terms]))
      reject(
        `${states} range ${at} as [${claimed[at]!.join(", ")}], but [${[unit, lo, hi, terms].join(", ")}] follows.`,
      );
  }
}

function same(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((each, at) => each === right[at]);
}

/** Rejects what a runtime may use instead of the graph, and values of the same name, since readers differ in which they use. */
function refuseAmbiguity({ graph, functions, irVersion }: OnnxModel): void {
  if (functions.length > 0) reject("It defines functions, which may replace operators.");
  if (graph.valueInfo.length > 0) reject("It declares shapes of inner values, on which an optimiser may rely.");
  if (graph.weightInputs.length > 0 || irVersion < 4) reject("Its weights are inputs that a caller may replace.");
  const named = graph.inputs.flatMap(({ dimNames }) => dimNames.filter((name) => name !== null));
  if (new Set(named).size !== named.length) reject("Two axes of its input have the same name, but may differ in size.");
  const made = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
  const names = [...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...made];
  if (new Set(names).size !== names.length) reject("Two values have the same name.");
}

/** The nodes that the outputs depend on, in the graph's order. */
function neededNodes({ nodes, outputs }: Graph): readonly GraphNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  return nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((name) => name !== "" && needed.has(name));
      if (isNeeded) for (const name of node.inputs) needed.add(name);
      return isNeeded;
    })
    .toReversed();
}
