import { IsobitError } from "#core/errors.ts";
import { MAX_TRACES_AT_ONCE, TRACE_RETRY_SECONDS } from "#core/limits.ts";
import { answerTrace, type TraceAnswer } from "#core/trace/answer.ts";
import type { MarkingEffect, TracedNode, TraceResult } from "#core/trace/result.ts";
import { Backend, BackendStatusType } from "./backends.ts";
import { builder } from "./builder.ts";
import { CauseEnum, enumOf, type Level, OptimizationLevel } from "./enums.ts";
import { ExplanationType, type ExplanationOfTrace } from "./explanations.ts";
import { finite } from "./floats.ts";
import { toSource } from "./images.ts";
import { Model } from "./models.ts";
import { connectionOf, PAGE_ARGS, pageOf } from "./pages.ts";
import { CertificateViolation } from "./parity.ts";
import { ONE_INPUT, withoutNulls } from "./requests.ts";

const TraceOutcome = enumOf<TraceResult["outcome"]>("TraceOutcome", "The result of a trace.", {
  IDENTICAL: "No bit of any node differs.",
  DRIFT: "Bits of some node differ, even if the logits agree.",
  WRONG_RESULT: "A node's result on one backend is outside the possible rounding error; no tolerance hides it.",
});

type NodeOfAnswer = TracedNode & { readonly answer: TraceAnswer };

const TracedNodeType = builder.objectRef<NodeOfAnswer>("TracedNode").implement({
  description: "One node's outputs on both backends.",
  fields: (t) => ({
    index: t.exposeInt("index", { description: "Place in the graph. Constant nodes are omitted." }),
    name: t.exposeString("name", { description: "Name in the file, or its first output's if it does not have one." }),
    op: t.exposeString("op", { description: "The ONNX operator." }),
    dims: t.exposeIntList("dims", { description: "Shape of the first output." }),
    elements: t.exposeInt("elements", { description: "Number of elements of all outputs." }),
    differingElements: t.exposeInt("differingElements", { description: "Number of elements that differ in any bit." }),
    maxAbs: t.float(finite("maxAbs", "Largest absolute difference; null if no element is finite on both backends.")),
    maxUlp: t.float(finite("maxUlp", "Largest ULP distance in the output's type; for integers, the difference.")),
    originatesHere: t.exposeBoolean("originatesHere", {
      description: "True if the node's inputs are equal in every bit, so that the difference is introduced here.",
    }),
    bornElements: t.exposeInt("bornElements", {
      nullable: true,
      description:
        "Number of elements that differ when the node runs alone on both backends with the reference's inputs; null if it was not run alone.",
    }),
    reproduced: t.exposeBoolean("reproduced", {
      nullable: true,
      description:
        "True if each backend gives its traced bits again when it runs the node alone with its own inputs; null if it was not run alone.",
    }),
    cause: t.expose("cause", {
      type: CauseEnum,
      description: "The most serious cause of the difference; NONE if nothing differs.",
    }),
    explainedElements: t.exposeInt("explainedElements", {
      description: "Number of differing elements that are accounted for, including inherited ones.",
    }),
    explanation: t.field({
      type: ExplanationType,
      nullable: true,
      description: "Why differences are introduced here; null if none are.",
      resolve: ({ explanation, answer }): ExplanationOfTrace | null =>
        explanation && { ...explanation, backends: answer },
    }),
    note: t.exposeString("note", {
      nullable: true,
      description:
        "Why something is not known, e.g. that an output cannot be compared or that the node cannot run alone.",
    }),
  }),
});

const MarkingEffectType = builder.objectRef<MarkingEffect>("MarkingEffect").implement({
  description: "What exposing intermediate values changed on one backend.",
  fields: (t) => ({
    optimizationLevel: t.field({
      type: OptimizationLevel,
      description: "The level of graph optimisation.",
      resolve: ({ optimizationLevel }) => optimizationLevel as Level,
    }),
    slices: t.exposeInt("slices", { description: "Number of runs that the values were split over, to bound memory." }),
    fusionChanged: t.exposeBoolean("fusionChanged", {
      nullable: true,
      description:
        "True if exposing intermediate values changed operator fusion; null if the runtime does not report it and no output changed.",
    }),
    differingElements: t.exposeInt("differingElements", {
      description: "Number of elements of the model's outputs that changed; 0: none.",
    }),
    maxAbs: t.float(finite("maxAbs", "Largest absolute change of an output.")),
    maxUlp: t.float(finite("maxUlp", "Largest ULP distance of an output's change.")),
  }),
});

const Marking = builder.objectRef<TraceAnswer["marking"]>("Marking").implement({
  description: "What exposing intermediate values changed on each backend.",
  fields: (t) => ({
    reference: t.expose("reference", { type: MarkingEffectType, description: "On the reference." }),
    backend: t.expose("other", { type: MarkingEffectType, description: "On the other backend." }),
  }),
});

const NodeConnection = connectionOf("TracedNode", TracedNodeType);

const DIFFERING = builder.args((t) => ({
  differing: t.boolean({ description: "True: only nodes that differ; false: only equal ones; absent: all." }),
}));

function nodesOf(answer: TraceAnswer, differing: boolean | null | undefined): NodeOfAnswer[] {
  return answer.nodes
    .filter(({ differingElements }) => differing == null || differingElements > 0 === differing)
    .map((node) => ({ ...node, answer }));
}

const Trace = builder.objectRef<TraceAnswer>("Trace").implement({
  description: "Every node's output on two backends, in graph order.",
  fields: (t) => ({
    model: t.expose("model", { type: Model, description: "The model that ran." }),
    reference: t.expose("reference", { type: Backend, description: "The reference backend." }),
    backend: t.expose("backend", { type: Backend, description: "The other backend." }),
    outcome: t.expose("outcome", { type: TraceOutcome, description: "The result over all nodes." }),
    inputSha256: t.expose("inputSha256", { type: "Sha256", description: "Digest of the input tensor's bytes." }),
    firstDrift: t.field({
      type: TracedNodeType,
      nullable: true,
      description: "The first node, in graph order, whose bits differ; null if all are equal.",
      resolve: (answer): NodeOfAnswer | null => answer.firstDrift && { ...answer.firstDrift, answer },
    }),
    nodes: t.field({
      type: [TracedNodeType],
      description: "The nodes in graph order. For a large graph, use `nodesConnection`.",
      args: DIFFERING,
      resolve: (answer, { differing }) => nodesOf(answer, differing),
    }),
    nodesConnection: t.field({
      type: NodeConnection,
      description: "The nodes as pages. Every request traces the whole graph, even for one page.",
      args: { ...DIFFERING, ...PAGE_ARGS },
      resolve: (answer, { differing, ...page }) => pageOf(nodesOf(answer, differing), page),
    }),
    marking: t.expose("marking", { type: Marking, description: "What exposing intermediate values changed." }),
    certificateViolations: t.expose("violations", {
      type: [CertificateViolation],
      description: "Empty unless bits differ on a node that the certificate proves exact.",
    }),
    environment: t.expose("environment", {
      type: [BackendStatusType],
      description: "The status of both backends when the request was made.",
    }),
  }),
});

let running = 0;

/** @throws IsobitError OVERLOADED if this side cannot hold another trace in memory */
async function boundedTrace(work: () => Promise<TraceAnswer>): Promise<TraceAnswer> {
  if (running >= MAX_TRACES_AT_ONCE) {
    const message = `${MAX_TRACES_AT_ONCE} traces are running here, which is the limit. Retry in ${TRACE_RETRY_SECONDS} seconds.`;
    throw new IsobitError("OVERLOADED", message, { details: { retryAfterSeconds: TRACE_RETRY_SECONDS } });
  }
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
  }
}

builder.queryField("trace", (t) =>
  t.field({
    type: Trace,
    description: "Every node's output on two backends, in graph order: where drift begins, and why.",
    args: {
      ...ONE_INPUT,
      reference: t.arg({ type: Backend, required: true, defaultValue: "CPU", description: "The reference backend." }),
      backend: t.arg({ type: Backend, required: true, defaultValue: "WASM", description: "The other backend." }),
    },
    resolve: (_root, { input, reference, backend, model }, { host }) =>
      boundedTrace(() =>
        answerTrace(
          { input: toSource(input), reference, backend, ...withoutNulls<{ model?: string }>({ model }) },
          host,
        ),
      ),
  }),
);
