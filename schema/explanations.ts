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
import { finiteOrNull } from "./floats.ts";

const CauseCountType = builder.objectRef<CauseCount>("CauseCount").implement({
  description: "How many differing elements one cause accounts for.",
  fields: (t) => ({ cause: t.exposeString("cause"), elements: t.exposeInt("elements") }),
});

const SumOrderType = builder.objectRef<SumOrder>("SumOrder").implement({
  description: "The order in which a sum's products are added.",
  fields: (t) => ({
    description: t.exposeString("description", { description: "In words." }),
    block: t.exposeInt("block", {
      nullable: true,
      description: "Products summed before their sum is added to the rest; null: all in one.",
    }),
    bias: t.exposeString("bias", { description: "first, last or none." }),
    lanes: t.exposeInt("lanes", { description: "Partial sums side by side that are joined at the end; 1: none." }),
  }),
});

const HypothesisSide = builder.objectRef<Hypothesis["reference"]>("HypothesisSide").implement({
  description: "How one backend is supposed to have computed a node.",
  fields: (t) => ({
    order: t.expose("order", { type: SumOrderType }),
    fused: t.exposeBoolean("fused", { description: "With fused multiply-add." }),
    tf32: t.exposeBoolean("tf32", { description: "With factors rounded to TF32." }),
    wide: t.exposeBoolean("wide", {
      description: "With sums, or totals of blocks, in a wider type than the output's.",
    }),
  }),
});

const HypothesisType = builder.objectRef<Hypothesis>("Hypothesis").implement({
  description: "One account of a whole node that was tried on both backends' bits.",
  fields: (t) => ({
    reference: t.expose("reference", { type: HypothesisSide }),
    backend: t.expose("other", { type: HypothesisSide }),
    matchRate: t.exposeFloat("matchRate", {
      description: "Share of all the node's elements whose bits it reproduces on both backends, 0 to 1.",
    }),
    controlMatchRate: t.exposeFloat("controlMatchRate", {
      description: "The same search's best rate on outputs shuffled among themselves: what chance alone gives.",
    }),
    tried: t.exposeInt("tried", { description: "How many hypotheses were tried." }),
  }),
});

const ErrorBoundType = builder.objectRef<ErrorBound>("ErrorBound").implement({
  description: "How far any correct evaluation may lie from the exact result.",
  fields: (t) => ({
    kind: t.exposeString("kind", {
      description: "elementwise, or normwise where Winograd or Fourier methods are possible.",
    }),
    formula: t.exposeString("formula"),
    n: t.exposeInt("n", { description: "Roundings that an element can go through." }),
    referenceUnitRoundoff: t.float({ resolve: ({ unitRoundoff }) => unitRoundoff.reference }),
    backendUnitRoundoff: t.float({ resolve: ({ unitRoundoff }) => unitRoundoff.other }),
    worstShare: t.float({
      nullable: true,
      description: "The largest |result - exact| / bound of either backend; above 1 is wrong, null is not finite.",
      resolve: ({ worstShare }) => finiteOrNull(worstShare),
    }),
  }),
});

/** What an explanation calls reference and other. */
interface TracedBackends {
  readonly reference: BackendId;
  readonly backend: BackendId;
}

type NamedWrong = WrongElement & { readonly backends: TracedBackends };

const WrongElementType = builder.objectRef<NamedWrong>("WrongElement").implement({
  description: "What one backend gave that no correct evaluation gives, at the element where it is worst.",
  fields: (t) => ({
    backend: t.field({
      type: Backend,
      resolve: ({ side, backends }) => (side === "reference" ? backends.reference : backends.backend),
    }),
    elements: t.exposeInt("elements", { description: "Elements of that backend beyond the bound." }),
    index: t.exposeInt("index", { description: "In the node's flat output." }),
    value: t.float({
      nullable: true,
      description: "Null where it is not finite.",
      resolve: ({ value }) => finiteOrNull(value),
    }),
    exact: t.float({ nullable: true, resolve: ({ exact }) => finiteOrNull(exact) }),
    bound: t.float({ nullable: true, resolve: ({ bound }) => finiteOrNull(bound) }),
  }),
});

const ComputedOnType = builder.objectRef<ComputedOn>("ComputedOn").implement({
  description: "Where one side's bits were computed.",
  fields: (t) => ({
    source: t.exposeString("source", { description: "The name the side is shown by." }),
    backend: t.expose("backend", { type: Backend, nullable: true }),
    optimizationLevel: t.exposeString("optimizationLevel"),
  }),
});

const ComputedOnSides = builder.objectRef<Explanation["computedOn"]>("ComputedOnSides").implement({
  description: "Where both sides' bits were computed.",
  fields: (t) => ({
    reference: t.expose("reference", { type: ComputedOnType }),
    backend: t.expose("other", { type: ComputedOnType }),
  }),
});

export type ExplanationOfTrace = Explanation & { readonly backends: TracedBackends };

export const ExplanationType = builder.objectRef<ExplanationOfTrace>("Explanation").implement({
  description: "Why a node's bits differ though both backends were given the same inputs.",
  fields: (t) => ({
    cause: t.exposeString("cause", { description: "The gravest cause of any element; `causes` has the counts." }),
    causes: t.field({ type: [CauseCountType], resolve: ({ causes }) => [...causes] }),
    consistentWith: t.field({
      type: ["String"],
      description: "The causes that remain for UNDETERMINED elements; empty where there are none.",
      resolve: ({ consistentWith }) => [...consistentWith],
    }),
    explainedElements: t.exposeInt("explainedElements", {
      description: "Elements with a settled cause: neither UNEXPLAINED nor UNDETERMINED.",
    }),
    unexplainedElements: t.exposeInt("unexplainedElements"),
    unexplainedIndices: t.field({
      type: ["Int"],
      description: "Some of them, in the node's flat output.",
      resolve: ({ unexplainedIndices }) => [...unexplainedIndices],
    }),
    hypothesis: t.expose("hypothesis", { type: HypothesisType, nullable: true }),
    bound: t.expose("bound", { type: ErrorBoundType, nullable: true }),
    wrong: t.field({
      type: [WrongElementType],
      resolve: ({ wrong, backends }) => wrong.map((each): NamedWrong => ({ ...each, backends })),
    }),
    notes: t.field({ type: ["String"], resolve: ({ notes }) => [...notes] }),
    computedOn: t.expose("computedOn", { type: ComputedOnSides }),
  }),
});
