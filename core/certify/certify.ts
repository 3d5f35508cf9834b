import { neededNodes } from "#core/onnx/canonical.ts";
import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { assumptionSentences, type AssumptionKey } from "./assumptions.ts";
import { Call } from "./call.ts";
import { claimOf, type TensorClaim } from "./claim.ts";
import type { Certificate, Certification, CertifiedNode, Failure } from "./certificate.ts";
import { describeDomain, domainOf, type InputDomain } from "./domain.ts";
import { coverageOf } from "./coverage.ts";
import { GraphValues, inputOf, nameOf, opsetOf } from "./graph-values.ts";
import { EXACT_UNITS } from "./limits.ts";
import { exactNode, failedNode, restingNode } from "./node-report.ts";
import type { Outcome } from "./outcome.ts";
import { Refusal, refuse } from "./refusal.ts";
import { RULES, RULES_VERSION, type Rules } from "./rules/index.ts";
import { adviceAbout } from "./rules/refused.ts";
import type { Value } from "./value.ts";
import { zoneComplaint } from "./zone.ts";

export interface CertifyOptions {
  /** Also refuse what keeps the proof from covering every convolution algorithm. */
  readonly anyAlgorithm?: boolean;
  /** Also refuse factors that TF32 would round. */
  readonly tf32?: boolean;
  /** Also refuse what ONNX Runtime's WEBGPU is known to compute wrongly. */
  readonly webgpu?: boolean;
  /** For the soundness suite, which shows that weakened rules and limits are found out. */
  readonly rules?: Rules;
  readonly exactUnits?: number;
}

/**
 * Decides whether every float32 evaluation of a model, in any order, with or without FMA, gives the same bits for every
 * input of a domain, and says why. Sound before complete: what no rule knows is not certified.
 */
export function certify(model: OnnxModel, domain: InputDomain, options: CertifyOptions = {}): Certification {
  const walk = new Walk(model, options);
  const failure = attempt(() => walk.start(domain)) ?? walk.finish();
  const inputDomain = describeDomain(domain);
  if (failure !== null) return { certified: false, inputDomain, firstFailure: failure, nodes: walk.nodes };
  return { certified: true, certificate: certificateOf(walk, model, domain), claims: walk.claims };
}

/** The same for a model with its preprocessing: grey levels that it puts off every grid fail before the first node. */
export function certifyGreyLevels(
  model: OnnxModel,
  preprocess: Preprocess,
  shape: readonly number[],
  options: CertifyOptions = {},
): Certification {
  const found = domainOf(preprocess, shape);
  if (found.ok) return certify(model, found.domain, options);
  const firstFailure = { node: model.graph.inputs[0]?.name ?? "input", op: "Input", reason: found.reason };
  return { certified: false, inputDomain: null, firstFailure, nodes: [] };
}

/** Follows the domain through the graph, node by node. */
class Walk {
  readonly nodes: CertifiedNode[] = [];
  readonly claims: TensorClaim[] = [];
  readonly outcomes: { readonly node: GraphNode; readonly outcome: Outcome }[] = [];
  readonly #model: OnnxModel;
  readonly #options: CertifyOptions;
  readonly #values: GraphValues;
  /** Which node left a zero that may be -0 in a tensor, by the tensor's name. */
  readonly #signless = new Map<string, GraphNode>();
  #failure: Failure | null = null;

  constructor(model: OnnxModel, options: CertifyOptions) {
    this.#model = model;
    this.#options = options;
    this.#values = new GraphValues(model.graph);
  }

  /** @throws Refusal for a model that no node of which can be looked at */
  start(domain: InputDomain): void {
    const opset = opsetOf(this.#model);
    const input = inputOf(this.#model.graph, domain);
    const complaint = zoneComplaint(input.value.ranges);
    if (complaint !== null) refuse(`the input itself ${complaint}`);
    this.#set(input.name, input.value);
    for (const node of neededNodes(this.#model.graph)) this.#visit(node, opset);
  }

  /** The first failure, be it that an output's zeros have no settled sign. */
  finish(): Failure | null {
    return this.#failure ?? attempt(() => this.#model.graph.outputs.forEach(({ name }) => this.#settle(name)));
  }

  #visit(node: GraphNode, opset: number): void {
    try {
      const inputs = node.inputs.map((name) => (name === "" ? null : this.#values.get(name)));
      const missing = node.inputs.find((_, index) => inputs[index] === undefined);
      if (missing !== undefined) this.#rest(node, missing);
      else
        this.#certify(node, new Call(node, opset, this.#options.exactUnits ?? EXACT_UNITS, inputs as (Value | null)[]));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.nodes.push(failedNode(node, error.message));
      this.#failure ??= { node: nameOf(node), op: node.op, reason: error.message };
    }
  }

  #certify(node: GraphNode, call: Call): void {
    const found = this.#judge(node, call);
    // Shapes may be folded too, so that integers do not tie a tensor to the input.
    const folded = call.inputs.every((input) => input?.kind !== "float" || input.folded);
    const outputs = found.outputs.map((output) => (output.kind === "float" ? { ...output, folded } : output));
    const outcome: Outcome = { ...found, outputs };
    for (const [index, output] of outcome.outputs.entries()) {
      const complaint = output.kind === "float" && output.constant === null ? zoneComplaint(output.ranges) : null;
      if (complaint !== null) refuse(`Its output ${complaint}`);
      this.#set(node.outputs[index]!, output);
    }
    this.outcomes.push({ node, outcome });
    this.nodes.push(exactNode(node, outcome));
    this.#followZeros(node, outcome);
  }

  #set(name: string, value: Value): void {
    this.#values.set(name, value);
    const claim = claimOf(name, value);
    if (claim !== null) this.claims.push(claim);
  }

  #judge(node: GraphNode, call: Call): Outcome {
    // Whatever its domain: a function that goes by an operator's name may stand in for it.
    const own = this.#model.functions.some(({ name }) => name === node.op);
    if (own || node.domain !== "")
      refuse(`It is defined by ${own ? "the model itself" : node.domain}; the rules know ONNX's own operators.`);
    const rule = (this.#options.rules ?? RULES).get(node.op) ?? refuse(adviceAbout(node.op));
    const outcome = rule(call);
    if (this.#options.anyAlgorithm && outcome.otherAlgorithm)
      refuse(`Not for every algorithm: ${outcome.otherAlgorithm}. Use strides of at least 2 or MatMul.`);
    if (this.#options.tf32 && outcome.tooWideForTf32)
      refuse(`Not with TF32: ${outcome.tooWideForTf32}. Use fewer bits.`);
    if (this.#options.webgpu && outcome.webgpuFault) refuse(`Not on WEBGPU: ${outcome.webgpuFault}.`);
    return outcome;
  }

  #rest(node: GraphNode, missing: string): void {
    this.nodes.push(restingNode(node, missing));
    this.#failure ??= {
      node: nameOf(node),
      op: node.op,
      reason: `Its input "${missing}" is made by no node before it.`,
    };
  }

  #followZeros(node: GraphNode, { outputs }: Outcome): void {
    const origin = node.inputs.map((name) => this.#signless.get(name)).find((each) => each !== undefined);
    for (const [index, output] of outputs.entries()) {
      if (output.kind === "float" && output.negativeZero !== null)
        this.#signless.set(node.outputs[index]!, origin ?? node);
    }
  }

  #settle(name: string): void {
    const value = this.#values.get(name) ?? refuse(`The output "${name}" is made by no node that is certified.`);
    if (value.kind !== "float") refuse(`The output "${name}" holds no float32.`);
    if (value.negativeZero === null) return;
    const node = this.#signless.get(name);
    const at = node === undefined ? "" : ` since ${nameOf(node)}`;
    refuse(
      `A zero in the output "${name}" may be -0${at}: ${value.negativeZero}. Backends differ in the sign of such a zero. ` +
        "Give the Conv or Gemm a bias (zeros will do), and use scales above 0.",
    );
  }
}

function attempt(action: () => void): Failure | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return { node: "(model)", op: "Model", reason: error.message };
    throw error;
  }
}

function certificateOf({ nodes, outcomes }: Walk, model: OnnxModel, domain: InputDomain): Certificate {
  const otherAlgorithms = outcomes.flatMap(({ node, outcome }) => spoiler(node, outcome.otherAlgorithm));
  const tooWideForTf32 = outcomes.flatMap(({ node, outcome }) => spoiler(node, outcome.tooWideForTf32));
  const keys = new Set<AssumptionKey>([
    "arithmetic",
    "precision",
    "zeroSign",
    "conforming",
    "optimiser",
    "levels",
    "weights",
    ...outcomes.flatMap(({ outcome }) => outcome.assumes),
  ]);
  if (outcomes.some(({ node }) => ["Conv", "Gemm", "MatMul"].includes(node.op))) keys.add("products");
  if (otherAlgorithms.length > 0) keys.add("convolution");
  if (outcomes.some(({ node }) => node.op === "Conv")) keys.add("strides");
  if (tooWideForTf32.length === 0 && outcomes.some(({ node }) => ["Conv", "Gemm", "MatMul"].includes(node.op)))
    keys.add("tensorCore");
  const webgpuFaults = outcomes.flatMap(({ node, outcome }) => spoiler(node, outcome.webgpuFault));
  const anyAlgorithm = otherAlgorithms.length === 0;
  const tf32Safe = tooWideForTf32.length === 0;
  return {
    rules: RULES_VERSION,
    opset: opsetOf(model),
    domain: { input: model.graph.inputs[0]!.name, ...domain },
    inputDomain: describeDomain(domain),
    covers: coverageOf({ anyAlgorithm, tf32Safe, webgpuFaults: webgpuFaults.length }),
    anyAlgorithm,
    tf32Safe,
    headroomUsed: outcomes.reduce((most, { outcome }) => Math.max(most, (outcome.bound?.units ?? 0) / EXACT_UNITS), 0),
    assumptions: assumptionSentences(keys),
    nodes,
    otherAlgorithms,
    tooWideForTf32,
    webgpuFaults,
  };
}

function spoiler(node: GraphNode, reason: string | null): { node: string; reason: string }[] {
  return reason === null ? [] : [{ node: nameOf(node), reason }];
}
