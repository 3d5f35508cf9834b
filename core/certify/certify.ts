import { neededNodes } from "#core/onnx/canonical.ts";
import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { assumptionSentences, type AssumptionKey } from "./assumptions.ts";
import { Call } from "./call.ts";
import { claimOf, type TensorClaim } from "./claim.ts";
import type { BlockingNode, Certificate, Certification, CertifiedNode, Failure } from "./certificate.ts";
import { describeDomain, domainOf, type InputDomain } from "./domain.ts";
import { coverageOf } from "./coverage.ts";
import { GraphValues, inputOf, nameOf, opsetOf } from "./graph-values.ts";
import { EXACT_UNITS } from "./limits.ts";
import { exactNode, failedNode } from "./node-report.ts";
import type { Outcome } from "./outcome.ts";
import { Refusal, refuse } from "./refusal.ts";
import { RULES, RULES_VERSION, type Rules } from "./rules/index.ts";
import { adviceAbout } from "./rules/refused.ts";
import type { Value } from "./value.ts";
import { zoneComplaint } from "./zone.ts";

export interface CertifyOptions {
  /** Refuse nodes that prevent a proof for every convolution algorithm (Winograd, FFT). Default: false. */
  readonly anyAlgorithm?: boolean;
  /** Refuse factors that TF32 would round. Default: false. */
  readonly tf32?: boolean;
  /** Refuse nodes that ONNX Runtime's WebGPU provider is known to compute incorrectly. Default: false. */
  readonly webgpu?: boolean;
  /** For the soundness suite, which shows that it detects weakened rules and limits. */
  readonly rules?: Rules;
  readonly exactUnits?: number;
}

/**
 * Decides whether every float32 evaluation of a model, in any order, with or without FMA, gives the same bits for every
 * input of a domain, and says why. Sound rather than complete: a node without a rule is not certified.
 */
export function certify(model: OnnxModel, domain: InputDomain, options: CertifyOptions = {}): Certification {
  const walk = new Walk(model, options);
  const failure = attempt(() => walk.start(domain)) ?? walk.finish();
  const inputDomain = describeDomain(domain);
  if (failure !== null) return { certified: false, inputDomain, firstFailure: failure, nodes: walk.nodes };
  return { certified: true, certificate: certificateOf(walk, model, domain), claims: walk.claims };
}

/** The same for a model and its preprocessing, whose values must lie on a common grid. */
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

/** Propagates the domain through the graph, node by node. */
class Walk {
  readonly nodes: CertifiedNode[] = [];
  readonly claims: TensorClaim[] = [];
  readonly outcomes: { readonly node: GraphNode; readonly outcome: Outcome }[] = [];
  readonly #model: OnnxModel;
  readonly #options: CertifyOptions;
  readonly #values: GraphValues;
  /** Which node first made a zero that may be -0, by tensor name. */
  readonly #negativeZeroFrom = new Map<string, GraphNode>();
  #failure: Failure | null = null;

  constructor(model: OnnxModel, options: CertifyOptions) {
    this.#model = model;
    this.#options = options;
    this.#values = new GraphValues(model.graph);
  }

  /** @throws Refusal if the model cannot be analysed at all */
  start(domain: InputDomain): void {
    const opset = opsetOf(this.#model);
    const input = inputOf(this.#model.graph, domain);
    const complaint = zoneComplaint(input.value.ranges);
    if (complaint !== null) refuse(`The model's input ${complaint}`);
    this.#set(input.name, input.value);
    for (const node of neededNodes(this.#model.graph)) this.#visit(node, opset);
  }

  /** The first failure; an output whose zeros may have either sign is one. */
  finish(): Failure | null {
    return this.#failure ?? attempt(() => this.#model.graph.outputs.forEach(({ name }) => this.#checkOutput(name)));
  }

  #visit(node: GraphNode, opset: number): void {
    try {
      const inputs = node.inputs.map((name) => (name === "" ? null : this.#values.get(name)));
      const missing = node.inputs.find((_, index) => inputs[index] === undefined);
      if (missing !== undefined) this.#failDependent(node, missing);
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
    // Optimisers fold shapes too, so integer inputs do not count.
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
    // A function of any domain may replace an operator of the same name.
    const own = this.#model.functions.some(({ name }) => name === node.op);
    if (own || node.domain !== "")
      refuse(`It is defined by ${own ? "the model itself" : node.domain}; only ONNX's standard operators have rules.`);
    const rule = (this.#options.rules ?? RULES).get(node.op) ?? refuse(adviceAbout(node.op));
    const outcome = rule(call);
    if (this.#options.anyAlgorithm && outcome.otherAlgorithm)
      refuse(`It is not exact with every algorithm: ${outcome.otherAlgorithm}. Use strides of at least 2 or MatMul.`);
    if (this.#options.tf32 && outcome.tooWideForTf32)
      refuse(`It is not exact with TF32: ${outcome.tooWideForTf32}. Use fewer bits.`);
    if (this.#options.webgpu && outcome.webgpuFault) refuse(`It is not exact on WEBGPU: ${outcome.webgpuFault}.`);
    return outcome;
  }

  #failDependent(node: GraphNode, missing: string): void {
    this.nodes.push(failedNode(node, `It depends on "${missing}", which is not certified.`));
    const reason = `No earlier node produces its input "${missing}".`;
    this.#failure ??= { node: nameOf(node), op: node.op, reason };
  }

  #followZeros(node: GraphNode, { outputs }: Outcome): void {
    const origin = node.inputs.map((name) => this.#negativeZeroFrom.get(name)).find((each) => each !== undefined);
    for (const [index, output] of outputs.entries()) {
      if (output.kind === "float" && output.negativeZero !== null)
        this.#negativeZeroFrom.set(node.outputs[index]!, origin ?? node);
    }
  }

  #checkOutput(name: string): void {
    const value = this.#values.get(name) ?? refuse(`No certified node produces the output "${name}".`);
    if (value.kind !== "float") refuse(`The output "${name}" is not float32.`);
    if (value.negativeZero === null) return;
    const node = this.#negativeZeroFrom.get(name);
    const at = node === undefined ? "" : ` from ${nameOf(node)} on`;
    refuse(
      `A zero in the output "${name}" may be -0${at}: ${value.negativeZero}. Backends differ in the sign of such a zero. ` +
        "Give the Conv or Gemm a bias (zeros are enough), and use positive scales.",
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
  const blocking = (key: "otherAlgorithm" | "tooWideForTf32" | "webgpuFault"): BlockingNode[] =>
    outcomes.flatMap(({ node, outcome: { [key]: reason } }) =>
      reason === null ? [] : [{ node: nameOf(node), reason }],
    );
  const otherAlgorithms = blocking("otherAlgorithm");
  const tooWideForTf32 = blocking("tooWideForTf32");
  const webgpuFaults = blocking("webgpuFault");
  const anyAlgorithm = otherAlgorithms.length === 0;
  const tf32Safe = tooWideForTf32.length === 0;
  const multiplies = outcomes.some(({ node }) => ["Conv", "Gemm", "MatMul"].includes(node.op));
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
  if (multiplies) keys.add("products");
  if (!anyAlgorithm) keys.add("convolution");
  if (outcomes.some(({ node }) => node.op === "Conv")) keys.add("strides");
  if (tf32Safe && multiplies) keys.add("tensorCore");
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
