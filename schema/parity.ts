import type { PairDrift, PairTotal, Verdict } from "#core/verdicts/verdict.ts";
import type { IsobitError } from "#core/errors.ts";
import { answer } from "#core/path.ts";
import { statisticsOfPair } from "#core/sweep/of-pair.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import { CERTIFICATE_VIOLATED, type Violation } from "#core/verdicts/violation.ts";
import type { InferenceResponse, OutputAnswer, RowAnswer } from "#core/respond.ts";
import { BackendStatusType } from "./backends.ts";
import { builder } from "./builder.ts";
import { finiteOrNull } from "./floats.ts";
import { Model } from "./models.ts";
import { PeerOutput, PeerStatusType, PrecisionEnum, QuantityEnum, SoftmaxPartType } from "./peers.ts";
import { Prediction } from "./predictions.ts";
import { QUESTION_ARGS, toRequest } from "./requests.ts";
import { Statistics } from "./statistics.ts";

const VERDICTS = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"] as const satisfies readonly Verdict[];

export const VerdictEnum = builder.enumType("Verdict", {
  description: `INCOMPLETE: a backend or an image failed, a peer gave two answers to the same request, or fewer than two sources answered, so nothing is claimed.
Over several images and pairs: INCOMPLETE > DRIFT > WITHIN_TOLERANCE > IDENTICAL. Every differing bit is a difference: -0 and +0, and NaN payloads, too.
IDENTICAL is for the bits of logits alone: where a peer gave decimal text or probabilities, equal is WITHIN_TOLERANCE. So are probabilities that differ by no more than a float32 softmax of the same logits can.`,
  values: VERDICTS,
});

/** A plain object: GraphQL throws what a resolver gives it as an Error. */
type BackendErrorAnswer = Pick<IsobitError, "code" | "message">;

const BackendErrorType = builder.objectRef<BackendErrorAnswer>("BackendError").implement({
  description:
    "Why one source has no answer for one image; the other answers stand. PEER_INCONSISTENT: the peer gave two answers to the same request, so that none of its answers in this run is compared.",
  fields: (t) => ({ code: t.exposeString("code"), message: t.exposeString("message") }),
});

const BackendOutput = builder.objectRef<OutputAnswer>("BackendOutput").implement({
  description: "One source's answer for one image: a backend's prediction, what a peer gave, or an error.",
  fields: (t) => ({
    source: t.exposeString("source", { description: "The backend's name, or the peer's id." }),
    prediction: t.expose("prediction", { type: Prediction, nullable: true, description: "Null for a peer." }),
    peer: t.expose("peer", { type: PeerOutput, nullable: true, description: "Null for a backend." }),
    error: t.field({
      type: BackendErrorType,
      nullable: true,
      resolve: ({ error }): BackendErrorAnswer | null => error && { code: error.code, message: error.message },
    }),
    conflicting: t.field({
      type: [PeerOutput],
      nullable: true,
      description: "Both answers of a peer that gave two different ones for this image; null otherwise.",
      resolve: ({ conflicting }) => (conflicting ? [...conflicting] : null),
    }),
  }),
});

const RowDrift = builder.objectRef<PairDrift>("RowDrift").implement({
  description: "The reference against one other source, for one image. Metrics are over `quantity`.",
  fields: (t) => ({
    reference: t.exposeString("reference"),
    other: t.exposeString("other"),
    verdict: t.expose("verdict", { type: VerdictEnum }),
    quantity: t.expose("quantity", {
      type: QuantityEnum,
      nullable: true,
      description: "Null where an answer is missing.",
    }),
    precision: t.expose("precision", {
      type: PrecisionEnum,
      nullable: true,
      description: "Null where an answer is missing.",
    }),
    softmax: t.field({
      type: SoftmaxPartType,
      nullable: true,
      description: "Null unless `quantity` is PROBABILITIES.",
      resolve: ({ softmax }) => softmax ?? null,
    }),
    labelsMatch: t.boolean({
      description: "False where an answer is missing: nothing missing is ever a match.",
      resolve: ({ labelsMatch }) => labelsMatch ?? false,
    }),
    differingElements: t.exposeInt("differingElements", {
      description: "Elements that differ in any bit; at DECIMAL, those to whose text the reference does not round.",
    }),
    nonFiniteElements: t.exposeInt("nonFiniteElements", {
      description: "Elements that are NaN or infinite on either side.",
    }),
    maxAbs: t.float({ nullable: true, resolve: ({ maxAbs }) => finiteOrNull(maxAbs) }),
    meanAbs: t.float({ nullable: true, resolve: ({ meanAbs }) => finiteOrNull(meanAbs) }),
    l2: t.float({ nullable: true, resolve: ({ l2 }) => finiteOrNull(l2) }),
    maxUlp: t.float({
      nullable: true,
      description: "0 between -0 and +0; null where an element is not finite, and at DECIMAL.",
      resolve: ({ maxUlp }) => finiteOrNull(maxUlp),
    }),
    inCertifiedDomain: t.exposeBoolean("inCertifiedDomain", {
      description:
        "The input lies in the certificate's domain; differing bits are then CERTIFICATE_VIOLATED, isobit's loudest alarm. Never true of a peer, of whose runtime nothing is known.",
    }),
  }),
});

export const ParityRow = builder.objectRef<RowAnswer>("ParityRow").implement({
  description: "One image on every source.",
  fields: (t) => ({
    image: t.exposeID("image"),
    inputSha256: t.exposeString("inputSha256", {
      nullable: true,
      description: "SHA-256 of the input tensor that every source was handed; null where the image could not be read.",
    }),
    outputs: t.field({ type: [BackendOutput], resolve: ({ outputs }) => [...outputs] }),
    pairs: t.field({ type: [RowDrift], resolve: ({ pairs }) => [...pairs] }),
  }),
});

/** The statistics are made when they are asked for. */
type PairWithStatistics = PairTotal & { statistics(): OutputStatistics | null };

export const PairSummary = builder.objectRef<PairWithStatistics>("PairSummary").implement({
  description:
    "The reference against one other backend (or peer), over all images. Metrics are over logits, or over a peer's `quantity`; null where nothing finite was compared.",
  fields: (t) => ({
    reference: t.exposeString("reference"),
    other: t.exposeString("other"),
    verdict: t.expose("verdict", { type: VerdictEnum }),
    quantity: t.expose("quantity", {
      type: QuantityEnum,
      nullable: true,
      description: "Null where nothing was compared.",
    }),
    precision: t.expose("precision", {
      type: PrecisionEnum,
      nullable: true,
      description: "Null where nothing was compared.",
    }),
    softmax: t.field({
      type: SoftmaxPartType,
      nullable: true,
      description: "Null unless `quantity` is PROBABILITIES.",
      resolve: ({ softmax }) => softmax ?? null,
    }),
    compared: t.exposeInt("compared", { description: "Images that both sources answered." }),
    identical: t.exposeInt("identical", { description: "Images whose logits are equal in every bit." }),
    labelMismatches: t.exposeInt("labelMismatches"),
    differingElements: t.exposeInt("differingElements"),
    nonFiniteElements: t.exposeInt("nonFiniteElements"),
    maxAbs: t.float({ nullable: true, resolve: ({ maxAbs }) => finiteOrNull(maxAbs) }),
    meanAbs: t.float({ nullable: true, resolve: ({ meanAbs }) => finiteOrNull(meanAbs) }),
    l2: t.float({ nullable: true, resolve: ({ l2 }) => finiteOrNull(l2) }),
    maxUlp: t.float({ nullable: true, resolve: ({ maxUlp }) => finiteOrNull(maxUlp) }),
    worstImage: t.exposeID("worstImage", { nullable: true, description: "Null where nothing differs." }),
    statistics: t.field({
      type: Statistics,
      nullable: true,
      description: "Null where no image was answered by both sources.",
      resolve: (pair) => pair.statistics(),
    }),
  }),
});

export const CertificateViolation = builder.objectRef<Violation>("CertificateViolation").implement({
  description: "Bits differ where a certificate proves that they cannot, with what is needed to see it again.",
  fields: (t) => ({
    code: t.string({ description: "CERTIFICATE_VIOLATED.", resolve: () => CERTIFICATE_VIOLATED }),
    message: t.exposeString("message"),
    image: t.exposeID("image"),
    reference: t.exposeString("reference"),
    other: t.exposeString("other"),
    differingElements: t.exposeInt("differingElements"),
    modelSha256: t.exposeString("modelSha256", { description: "Of the bytes that ran." }),
    inputSha256: t.exposeString("inputSha256"),
    input: t.expose("input", { type: "Bytes", description: "The input tensor, little-endian float32." }),
    referenceBits: t.expose("referenceBits", { type: "Bytes", description: "Little-endian float32." }),
    otherBits: t.expose("otherBits", { type: "Bytes", description: "Little-endian float32." }),
  }),
});

const ParityReport = builder.objectRef<InferenceResponse>("ParityReport").implement({
  description: "The same inputs on several sources, compared bit by bit.",
  fields: (t) => ({
    verdict: t.expose("verdict", { type: VerdictEnum }),
    model: t.expose("model", { type: Model }),
    reference: t.exposeString("reference"),
    total: t.exposeInt("total", { description: "Images asked for." }),
    pairs: t.field({
      type: [PairSummary],
      resolve: ({ pairs, rows, model: { labels } }) =>
        pairs.map((pair): PairWithStatistics => {
          return { ...pair, statistics: () => statisticsOfPair(rows, pair, labels.length) };
        }),
    }),
    rows: t.field({ type: [ParityRow], resolve: ({ rows }) => [...rows] }),
    certificateViolations: t.field({
      type: [CertificateViolation],
      description: "Empty unless a certificate is broken; no tolerance hides one.",
      resolve: ({ violations }) => [...violations],
    }),
    environment: t.field({
      type: [BackendStatusType],
      description: "The status of every backend when the request was made.",
      resolve: ({ environment }) => [...environment],
    }),
    peers: t.field({
      type: [PeerStatusType],
      description: "The status of every peer that takes part, when the request was made.",
      resolve: ({ peers }) => [...peers],
    }),
    startedAt: t.exposeString("startedAt", { description: "ISO 8601, by the clock of the side that was asked." }),
    elapsedMs: t.exposeFloat("elapsedMs"),
  }),
});

builder.queryField("parity", (t) =>
  t.field({
    type: ParityReport,
    description:
      "Default: all images (or `inputs`, named input:0, input:1, …; images come first where both are given); WASM and CPU always, plus every other available backend; the first of CPU, WASM is the reference.",
    args: QUESTION_ARGS,
    resolve: (_root, args, { host }) => answer(toRequest(args), host),
  }),
);
