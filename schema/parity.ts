import { answer } from "#core/path.ts";
import type { InferenceResponse } from "#core/respond.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import { statisticsOfPair } from "#core/sweep/of-pair.ts";
import type { PairTotal } from "#core/verdicts/verdict.ts";
import { CERTIFICATE_VIOLATED, type Violation } from "#core/verdicts/violation.ts";
import { BackendStatusType } from "./backends.ts";
import { builder } from "./builder.ts";
import { ViolationCode } from "./enums.ts";
import { Model } from "./models.ts";
import { connectionOf, PAGE_ARGS, pageOf } from "./pages.ts";
import { PeerStatusType } from "./peers.ts";
import { QUESTION_ARGS, toRequest } from "./requests.ts";
import { paced } from "./paced.ts";
import { Drift, ONLY, ParityRow, rowsWith, VerdictEnum } from "./rows.ts";
import { Statistics } from "./statistics.ts";

/** Statistics are computed when they are asked for. */
type PairWithStatistics = PairTotal & { statistics(): OutputStatistics | null };

export const PairSummary = builder.objectRef<PairWithStatistics>("PairSummary").implement({
  description: "The difference between the reference and one other source, over all images.",
  interfaces: [Drift],
  fields: (t) => ({
    compared: t.exposeInt("compared", { description: "Number of images that both sources answered." }),
    identical: t.exposeInt("identical", { description: "Number of images whose logits are equal in every bit." }),
    labelMismatches: t.exposeInt("labelMismatches", { description: "Number of images whose labels differ." }),
    worstImage: t.exposeID("worstImage", {
      nullable: true,
      description: "The image with the largest difference; null if nothing differs.",
    }),
    statistics: t.field({
      type: Statistics,
      nullable: true,
      description: "Null if both sources answered none of the images.",
      resolve: (pair) => pair.statistics(),
    }),
  }),
});

export const CertificateViolation = builder.objectRef<Violation>("CertificateViolation").implement({
  description: "Bits differ where a certificate proves that they cannot, with everything needed to reproduce it.",
  fields: (t) => ({
    code: t.field({
      type: ViolationCode,
      description: "The kind of the violation.",
      resolve: () => CERTIFICATE_VIOLATED as typeof ViolationCode.$inferType,
    }),
    message: t.exposeString("message", { description: "What differs, and where." }),
    image: t.exposeID("image", { description: "As `ParityRow.image`." }),
    reference: t.exposeString("reference", { description: "The reference backend." }),
    other: t.exposeString("other", { description: "The other backend." }),
    differingElements: t.exposeInt("differingElements", { description: "Number of elements that differ in any bit." }),
    modelSha256: t.expose("modelSha256", { type: "Sha256", description: "Digest of the model's bytes as they ran." }),
    inputSha256: t.expose("inputSha256", { type: "Sha256", description: "Digest of the input tensor's bytes." }),
    input: t.expose("input", { type: "Bytes", description: "The input tensor, little-endian float32." }),
    referenceBits: t.expose("referenceBits", {
      type: "Bytes",
      description: "The reference's output, little-endian float32.",
    }),
    otherBits: t.expose("otherBits", { type: "Bytes", description: "The other output, little-endian float32." }),
  }),
});

const RowConnection = connectionOf("ParityRow", ParityRow);

const ParityReport = builder.objectRef<InferenceResponse>("ParityReport").implement({
  description: "The same inputs on several sources, compared bit by bit.",
  fields: (t) => ({
    verdict: t.expose("verdict", { type: VerdictEnum, description: "The verdict of all pairs." }),
    model: t.expose("model", { type: Model, description: "The model that ran." }),
    reference: t.exposeString("reference", { description: "The reference backend." }),
    total: t.exposeInt("total", { description: "Number of images in the request." }),
    pairs: t.field({
      type: [PairSummary],
      description: "One summary per source other than the reference.",
      resolve: ({ pairs, rows, model: { labels } }) =>
        pairs.map((pair): PairWithStatistics => {
          return { ...pair, statistics: () => statisticsOfPair(rows, pair, labels.length) };
        }),
    }),
    rows: t.field({
      type: [ParityRow],
      description: "One row per image, in the order of the request. For many images, use `rowsConnection` or `sweep`.",
      args: ONLY,
      resolve: ({ rows }, { only }, { host }) => paced(rowsWith(rows, only), host),
    }),
    rowsConnection: t.field({
      type: RowConnection,
      description:
        "The rows as pages. Every request compares all of its images, even for one page; `sweep` compares each image once.",
      args: { ...ONLY, ...PAGE_ARGS },
      resolve: ({ rows }, { only, ...page }) => pageOf(rowsWith(rows, only), page),
    }),
    certificateViolations: t.expose("violations", {
      type: [CertificateViolation],
      description: "Empty unless a certificate is violated; no tolerance hides a violation.",
    }),
    environment: t.expose("environment", {
      type: [BackendStatusType],
      description: "The status of every backend in the comparison when the request was made.",
    }),
    peers: t.expose("peers", {
      type: [PeerStatusType],
      description: "The status of every peer in the comparison when the request was made.",
    }),
    startedAt: t.expose("startedAt", { type: "DateTime", description: "By the clock of the side that was asked." }),
    elapsedMs: t.exposeFloat("elapsedMs", { description: "Time taken." }),
  }),
});

builder.queryField("parity", (t) =>
  t.field({
    type: ParityReport,
    description:
      "Compares images on several sources. Images of `images` come first, then `inputs`, then `keyedInputs`.",
    args: QUESTION_ARGS,
    resolve: (_root, args, { host }) => answer(toRequest(args), host),
  }),
);
