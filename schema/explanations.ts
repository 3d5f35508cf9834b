import type { BackendId } from "#core/backends.ts";
import type {
  CauseCount,
  ComputedOn,
  ErrorBound,
  Explanation,
  Hypothesis,
  SumOrder,
  WrongElement,
} from "#core/explain/explanation.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { BiasPosition, BoundKind, CauseEnum, type Level, OptimizationLevel } from "./enums.ts";
import { finite } from "./floats.ts";

const CauseCountType = builder.objectRef<CauseCount>("CauseCount").implement({
  description: "How many differing elements one cause accounts for.",
  fields: (t) => ({
    cause: t.expose("cause", { type: CauseEnum, description: "The cause." }),
    elements: t.exposeInt("elements", { description: "Number of elements." }),
  }),
});

const SumOrderType = builder.objectRef<SumOrder>("SumOrder").implement({
  description: "The order in which a sum's products are added.",
  fields: (t) => ({
    description: t.exposeString("description", { description: "The order in words." }),
    block: t.exposeInt("block", {
      nullable: true,
      description: "Number of products per partial sum; null if there is a single block.",
    }),
    bias: t.expose("bias", { type: BiasPosition, description: "When the bias is added." }),
    lanes: t.exposeInt("lanes", { description: "Number of interleaved partial sums that are joined at the end." }),
  }),
});

const HypothesisSide = builder.objectRef<Hypothesis["reference"]>("HypothesisSide").implement({
  description: "A hypothesis about how one backend computed a node.",
  fields: (t) => ({
    order: t.expose("order", { type: SumOrderType, description: "The summation order." }),
    fused: t.exposeBoolean("fused", { description: "True: with fused multiply-add." }),
    tf32: t.exposeBoolean("tf32", { description: "True: with factors rounded to TF32." }),
    wide: t.exposeBoolean("wide", {
      description: "True: sums, or totals of blocks, have a wider type than the output.",
    }),
  }),
});

const HypothesisType = builder.objectRef<Hypothesis>("Hypothesis").implement({
  description: "One hypothesis about a whole node, tested on both backends' bits.",
  fields: (t) => ({
    reference: t.expose("reference", { type: HypothesisSide, description: "How the reference computed the node." }),
    backend: t.expose("other", { type: HypothesisSide, description: "How the other backend computed the node." }),
    matchRate: t.exposeFloat("matchRate", {
      description: "Share of all the node's elements whose bits it reproduces on both backends, 0 to 1.",
    }),
    controlMatchRate: t.exposeFloat("controlMatchRate", {
      description: "Best rate of the same search on shuffled outputs: what chance alone gives.",
    }),
    tried: t.exposeInt("tried", { description: "Number of hypotheses tested." }),
  }),
});

const ErrorBoundType = builder.objectRef<ErrorBound>("ErrorBound").implement({
  description: "The largest possible distance between any correct evaluation and the exact result.",
  fields: (t) => ({
    kind: t.expose("kind", { type: BoundKind, description: "How the bound applies to elements." }),
    formula: t.exposeString("formula", { description: "The formula, with its source." }),
    n: t.exposeInt("n", { description: "Largest number of roundings that affect an element." }),
    referenceUnitRoundoff: t.float({
      description: "Unit roundoff of the reference: 2^-24 for float32.",
      resolve: ({ unitRoundoff }) => unitRoundoff.reference,
    }),
    backendUnitRoundoff: t.float({
      description: "Unit roundoff of the other backend: 2^-24 for float32, 2^-11 with TF32.",
      resolve: ({ unitRoundoff }) => unitRoundoff.other,
    }),
    worstShare: t.float(
      finite("worstShare", "Largest |result - exact| / bound on either backend; above 1 is wrong, null is not finite."),
    ),
  }),
});

/** What an explanation calls reference and other. */
interface TracedBackends {
  readonly reference: BackendId;
  readonly backend: BackendId;
}

type NamedWrong = WrongElement & { readonly backends: TracedBackends };

const WrongElementType = builder.objectRef<NamedWrong>("WrongElement").implement({
  description: "The worst result of one backend outside the possible rounding error.",
  fields: (t) => ({
    backend: t.field({
      type: Backend,
      description: "The backend that computed it.",
      resolve: ({ side, backends }) => (side === "reference" ? backends.reference : backends.backend),
    }),
    elements: t.exposeInt("elements", { description: "Number of that backend's elements outside the bound." }),
    index: t.exposeInt("index", { description: "Index of the worst element in the node's flat output." }),
    value: t.float(finite("value", "The result; null if not finite.")),
    exact: t.float(finite("exact", "The exact result; null if not finite or not known.")),
    bound: t.float(finite("bound", "The largest possible rounding error; null if not finite or not known.")),
  }),
});

const ComputedOnType = builder.objectRef<ComputedOn>("ComputedOn").implement({
  description: "Where the bits of one source were computed.",
  fields: (t) => ({
    source: t.exposeString("source", { description: "Display name of the source." }),
    backend: t.expose("backend", {
      type: Backend,
      nullable: true,
      description: "The backend; null for a runtime that does not belong to isobit.",
    }),
    optimizationLevel: t.field({
      type: OptimizationLevel,
      description: "The level of graph optimisation.",
      resolve: ({ optimizationLevel }) => optimizationLevel as Level,
    }),
  }),
});

const ComputedOnSides = builder.objectRef<Explanation["computedOn"]>("ComputedOnSides").implement({
  description: "Where the bits of both sources were computed.",
  fields: (t) => ({
    reference: t.expose("reference", { type: ComputedOnType, description: "The reference." }),
    backend: t.expose("other", { type: ComputedOnType, description: "The other backend." }),
  }),
});

export type ExplanationOfTrace = Explanation & { readonly backends: TracedBackends };

export const ExplanationType = builder.objectRef<ExplanationOfTrace>("Explanation").implement({
  description: "Why a node's bits differ although both backends had the same inputs.",
  fields: (t) => ({
    cause: t.expose("cause", {
      type: CauseEnum,
      description: "The most serious cause of any element; `causes` has the counts.",
    }),
    causes: t.expose("causes", {
      type: [CauseCountType],
      description: "Every cause, by the number of elements it accounts for.",
    }),
    consistentWith: t.expose("consistentWith", {
      type: [CauseEnum],
      description: "Possible causes of UNDETERMINED elements; empty if there are none.",
    }),
    explainedElements: t.exposeInt("explainedElements", {
      description: "Number of elements with a settled cause: neither UNEXPLAINED nor UNDETERMINED.",
    }),
    unexplainedElements: t.exposeInt("unexplainedElements", { description: "Number of UNEXPLAINED elements." }),
    unexplainedIndices: t.exposeIntList("unexplainedIndices", {
      description: "Up to 16 of them, as indices in the node's flat output.",
    }),
    hypothesis: t.expose("hypothesis", {
      type: HypothesisType,
      nullable: true,
      description: "The hypothesis that fits best; null if none was tested.",
    }),
    bound: t.expose("bound", {
      type: ErrorBoundType,
      nullable: true,
      description: "The possible rounding error; null if not known.",
    }),
    wrong: t.field({
      type: [WrongElementType],
      description: "One entry per backend with a result outside the possible rounding error.",
      resolve: ({ wrong, backends }) => wrong.map((each): NamedWrong => ({ ...each, backends })),
    }),
    notes: t.exposeStringList("notes", { description: "Further facts, in sentences." }),
    computedOn: t.expose("computedOn", { type: ComputedOnSides, description: "Where both sources were computed." }),
  }),
});
