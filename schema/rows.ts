import type { IsobitError } from "#core/errors.ts";
import type { OutputAnswer, RowAnswer } from "#core/respond.ts";
import { type LogitDrift, type PairDrift, type Verdict, weightiest } from "#core/verdicts/verdict.ts";
import { builder } from "./builder.ts";
import { enumOf, ErrorCodeEnum } from "./enums.ts";
import { finite } from "./floats.ts";
import { PeerOutput, PrecisionEnum, QuantityEnum, SoftmaxPartType } from "./peers.ts";
import { Prediction } from "./predictions.ts";

export const VerdictEnum = enumOf<Verdict>(
  "Verdict",
  `Over several images and pairs: INCOMPLETE > DRIFT > WITHIN_TOLERANCE > IDENTICAL. Every differing bit is a difference, including -0 and +0, and NaN payloads.`,
  {
    IDENTICAL: "Every bit of every logit is equal.",
    WITHIN_TOLERANCE:
      "Bits differ within the tolerance, or a peer's decimal text or probabilities agree: they are not compared bit by bit.",
    DRIFT: "Bits differ beyond the tolerance.",
    INCOMPLETE:
      "A backend or an image failed, a peer gave two answers to the same request, or fewer than two sources answered. Nothing is claimed.",
  },
);

/** A plain object: GraphQL throws an Error that a resolver returns. */
type BackendErrorAnswer = Pick<IsobitError, "code" | "message">;

const BackendErrorType = builder.objectRef<BackendErrorAnswer>("BackendError").implement({
  description: "Why one source has no answer for one image. It does not affect the other answers.",
  fields: (t) => ({
    code: t.expose("code", { type: ErrorCodeEnum, description: "The kind of the failure." }),
    message: t.exposeString("message", { description: "What is wrong, and what to do." }),
  }),
});

const BackendOutput = builder.objectRef<OutputAnswer>("BackendOutput").implement({
  description: "One source's answer for one image: a backend's prediction, a peer's output, or an error.",
  fields: (t) => ({
    source: t.exposeString("source", { description: "The backend's name, or the peer's id." }),
    prediction: t.expose("prediction", {
      type: Prediction,
      nullable: true,
      description: "A backend's answer; null for a peer, and after an error.",
    }),
    peer: t.expose("peer", {
      type: PeerOutput,
      nullable: true,
      description: "A peer's answer; null for a backend, and after an error.",
    }),
    error: t.field({
      type: BackendErrorType,
      nullable: true,
      description: "Why there is no answer; null if there is one.",
      resolve: ({ error }): BackendErrorAnswer | null => error && { code: error.code, message: error.message },
    }),
    conflicting: t.field({
      type: [PeerOutput],
      nullable: true,
      description: "Both answers of a peer that gave two different ones for this image; null otherwise.",
      resolve: ({ conflicting }) => conflicting ?? null,
    }),
  }),
});

type AnyDrift = Pick<PairDrift, "reference" | "other"> & Omit<LogitDrift, "labelsMatch">;

export const Drift = builder.interfaceRef<AnyDrift>("Drift").implement({
  description:
    "The difference between the reference and one other source. Numbers are about logits, or about a peer's `quantity`; they are null where nothing finite was compared.",
  fields: (t) => ({
    reference: t.exposeString("reference", { description: "The reference backend." }),
    other: t.exposeString("other", { description: "The other backend's name, or the peer's id." }),
    verdict: t.expose("verdict", { type: VerdictEnum, description: "The verdict of this pair." }),
    quantity: t.expose("quantity", {
      type: QuantityEnum,
      nullable: true,
      description: "What was compared; null if nothing was.",
    }),
    precision: t.expose("precision", {
      type: PrecisionEnum,
      nullable: true,
      description: "How exactly it was compared; null if nothing was.",
    }),
    softmax: t.field({
      type: SoftmaxPartType,
      nullable: true,
      description: "The effect of the peer's own softmax; null unless `quantity` is PROBABILITIES.",
      resolve: ({ softmax }) => softmax ?? null,
    }),
    differingElements: t.exposeInt("differingElements", {
      description: "Number of elements that differ in any bit; at DECIMAL, that do not round to the peer's text.",
    }),
    nonFiniteElements: t.exposeInt("nonFiniteElements", {
      description: "Number of elements that are NaN or infinite in either source.",
    }),
    maxAbs: t.float(finite("maxAbs", "Largest absolute difference.")),
    meanAbs: t.float(finite("meanAbs", "Mean absolute difference.")),
    l2: t.float(finite("l2", "Euclidean norm of the difference.")),
    maxUlp: t.float(
      finite(
        "maxUlp",
        "Largest ULP distance; 0 between -0 and +0. Null at DECIMAL, and for one image if an element is not finite.",
      ),
    ),
  }),
});

const RowDrift = builder.objectRef<PairDrift>("RowDrift").implement({
  description: "The difference between the reference and one other source, for one image.",
  interfaces: [Drift],
  fields: (t) => ({
    labelsMatch: t.boolean({
      description: "True if both sources have the same label; false if an answer is missing.",
      resolve: ({ labelsMatch }) => labelsMatch ?? false,
    }),
    inCertifiedDomain: t.exposeBoolean("inCertifiedDomain", {
      description:
        "True if the certificate covers this input on both backends: differing bits are then CERTIFICATE_VIOLATED. Always false for a peer.",
    }),
  }),
});

export const ParityRow = builder.objectRef<RowAnswer>("ParityRow").implement({
  description: "One image on every source.",
  fields: (t) => ({
    image: t.exposeID("image", { description: "The image's id, the key of a keyed input, or input:0, input:1, …" }),
    verdict: t.field({ type: VerdictEnum, description: "The verdict of all pairs of this image.", resolve: verdictOf }),
    inputSha256: t.expose("inputSha256", {
      type: "Sha256",
      nullable: true,
      description: "Digest of the input tensor that every source received; null if the image could not be read.",
    }),
    outputs: t.expose("outputs", { type: [BackendOutput], description: "One answer per source." }),
    pairs: t.expose("pairs", { type: [RowDrift], description: "One comparison per source other than the reference." }),
  }),
});

function verdictOf({ pairs }: RowAnswer): Verdict {
  return weightiest(pairs.map(({ verdict }) => verdict));
}

export const ONLY = builder.args((t) => ({
  only: t.field({ type: [VerdictEnum], description: "Only rows with one of these verdicts (default: all)." }),
}));

export function rowsWith(
  rows: readonly RowAnswer[],
  verdicts: readonly Verdict[] | null | undefined,
): readonly RowAnswer[] {
  return verdicts ? rows.filter((row) => verdicts.includes(verdictOf(row))) : rows;
}
