import { IsobitError } from "#core/errors.ts";
import { MAX_TRACES_AT_ONCE, TRACE_RETRY_SECONDS } from "#core/limits.ts";
import { answerTrace, type TraceAnswer } from "#core/trace/answer.ts";
import type { MarkingEffect, TracedNode, TraceResult } from "#core/trace/result.ts";
import { Backend, BackendStatusType } from "./backends.ts";
import { builder } from "./builder.ts";
import { ExplanationType, type ExplanationOfTrace } from "./explanations.ts";
import { finiteOrNull } from "./floats.ts";
import { ImageInput, toSource } from "./images.ts";
import { Model } from "./models.ts";
import { CertificateViolation } from "./parity.ts";

const OUTCOMES = ["IDENTICAL", "DRIFT", "WRONG_RESULT"] as const satisfies readonly TraceResult["outcome"][];

const TraceOutcome = builder.enumType("TraceOutcome", {
  description:
    "WRONG_RESULT: a node gave, on one of the backends, what no correct evaluation of its inputs can give; no tolerance hides it. DRIFT: some node's bits differ, even where the logits agree again.",
  values: OUTCOMES,
});

type NodeOfAnswer = TracedNode & { readonly answer: TraceAnswer };

const TracedNodeType = builder.objectRef<NodeOfAnswer>("TracedNode").implement({
  description: "One node's outputs on both backends.",
  fields: (t) => ({
    index: t.exposeInt("index", {
      description: "Its place in the graph; Constant nodes compute nothing and are left out.",
    }),
    name: t.exposeString("name", { description: "Its name in the file, else its first output's." }),
    op: t.exposeString("op"),
    dims: t.field({ type: ["Int"], description: "Of its first output.", resolve: ({ dims }) => [...dims] }),
    elements: t.exposeInt("elements", { description: "Of all its outputs together." }),
    differingElements: t.exposeInt("differingElements", { description: "Elements that differ in any bit." }),
    maxAbs: t.float({
      nullable: true,
      description: "Over elements finite on both backends; null where there is none.",
      resolve: ({ maxAbs }) => finiteOrNull(maxAbs),
    }),
    maxUlp: t.float({
      nullable: true,
      description: "Steps between neighbouring values of the output's own type; of integers, the distance itself.",
      resolve: ({ maxUlp }) => finiteOrNull(maxUlp),
    }),
    originatesHere: t.exposeBoolean("originatesHere", {
      description: "True where the node's own inputs were equal in every bit, so the difference was introduced here.",
    }),
    bornElements: t.exposeInt("bornElements", {
      nullable: true,
      description:
        "Elements that differ when the node runs alone on both backends with the reference's inputs; null where it was not run alone.",
    }),
    reproduced: t.exposeBoolean("reproduced", {
      nullable: true,
      description:
        "Alone with its own inputs, each backend gave its traced bits again; null where it was not run alone.",
    }),
    cause: t.exposeString("cause", {
      description:
        "The gravest cause of the difference (e.g. FUSED_MULTIPLY_ADD, SUMMATION_ORDER, TF32, WIDER_ACCUMULATION, INHERITED, WRONG_RESULT, UNDETERMINED, UNEXPLAINED); NONE if nothing differs, INHERITED if this node introduced nothing.",
    }),
    explainedElements: t.exposeInt("explainedElements", {
      description: "Differing elements that are accounted for, inherited ones included.",
    }),
    explanation: t.field({
      type: ExplanationType,
      nullable: true,
      description: "Of what was introduced here; null where nothing was.",
      resolve: ({ explanation, answer }): ExplanationOfTrace | null =>
        explanation && { ...explanation, backends: answer },
    }),
    note: t.exposeString("note", {
      nullable: true,
      description: "Why something is not known here: an output that cannot be compared, a node that cannot run alone.",
    }),
  }),
});

const MarkingEffectType = builder.objectRef<MarkingEffect>("MarkingEffect").implement({
  description: "What handing out inner values did to the model's own outputs on one backend.",
  fields: (t) => ({
    optimizationLevel: t.exposeString("optimizationLevel"),
    slices: t.exposeInt("slices", {
      description: "Runs over which the values were spread, so that memory stays bounded.",
    }),
    fusionChanged: t.exposeBoolean("fusionChanged", {
      nullable: true,
      description:
        "Whether other nodes were fused than when it serves; null where the runtime does not tell and no output moved.",
    }),
    differingElements: t.exposeInt("differingElements", {
      description: "Of the model's outputs, against the same outputs as they serve; 0: marking moved no bit.",
    }),
    maxAbs: t.float({ nullable: true, resolve: ({ maxAbs }) => finiteOrNull(maxAbs) }),
    maxUlp: t.float({ nullable: true, resolve: ({ maxUlp }) => finiteOrNull(maxUlp) }),
  }),
});

const Marking = builder.objectRef<TraceAnswer["marking"]>("Marking").implement({
  description: "The effect of handing out inner values, on each backend.",
  fields: (t) => ({
    reference: t.expose("reference", { type: MarkingEffectType }),
    backend: t.expose("other", { type: MarkingEffectType }),
  }),
});

const Trace = builder.objectRef<TraceAnswer>("Trace").implement({
  description: "Every node's output on two backends, in graph order.",
  fields: (t) => ({
    model: t.expose("model", { type: Model }),
    reference: t.expose("reference", { type: Backend }),
    backend: t.expose("backend", { type: Backend }),
    outcome: t.expose("outcome", { type: TraceOutcome }),
    inputSha256: t.exposeString("inputSha256", { description: "SHA-256 of the input tensor's bytes." }),
    firstDrift: t.field({
      type: TracedNodeType,
      nullable: true,
      description: "The first node, in graph order, whose bits differ; null when all are equal.",
      resolve: (answer): NodeOfAnswer | null => answer.firstDrift && { ...answer.firstDrift, answer },
    }),
    nodes: t.field({
      type: [TracedNodeType],
      resolve: (answer) => answer.nodes.map((node): NodeOfAnswer => ({ ...node, answer })),
    }),
    marking: t.expose("marking", { type: Marking }),
    certificateViolations: t.field({
      type: [CertificateViolation],
      description: "Empty unless a certificate is broken: any bit of any node it proves exact differs.",
      resolve: ({ violations }) => [...violations],
    }),
    environment: t.field({
      type: [BackendStatusType],
      description: "The status of both backends when the request was made.",
      resolve: ({ environment }) => [...environment],
    }),
  }),
});

let underWay = 0;

/** @throws IsobitError OVERLOADED where this side has its hands full */
async function boundedTrace(work: () => Promise<TraceAnswer>): Promise<TraceAnswer> {
  if (underWay >= MAX_TRACES_AT_ONCE) {
    const message = `${MAX_TRACES_AT_ONCE} traces are under way here, which is as many as memory allows. Ask again in ${TRACE_RETRY_SECONDS} seconds.`;
    throw new IsobitError("OVERLOADED", message, { details: { retryAfterSeconds: TRACE_RETRY_SECONDS } });
  }
  underWay += 1;
  try {
    return await work();
  } finally {
    underWay -= 1;
  }
}

builder.queryField("trace", (t) =>
  t.field({
    type: Trace,
    description: "Every node's output on two backends, in graph order: where drift begins, and why.",
    args: {
      input: t.arg({ type: ImageInput, required: true }),
      reference: t.arg({ type: Backend, required: true, defaultValue: "CPU" }),
      backend: t.arg({ type: Backend, required: true, defaultValue: "WASM" }),
      model: t.arg.id({ description: "An id of `models`; absent: the default model." }),
    },
    resolve: (_root, { input, reference, backend, model }, { host }) =>
      boundedTrace(() =>
        answerTrace({ input: toSource(input), reference, backend, ...(model == null ? {} : { model }) }, host),
      ),
  }),
);
