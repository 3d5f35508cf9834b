import { isCertified, type ModelInfo } from "#core/model/model.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { builder } from "./builder.ts";
import { Certificate } from "./certificates.ts";

const PreprocessType = builder.objectRef<Preprocess>("Preprocess").implement({
  description: "How grey levels 0-255 become the model's numbers: (grey * scale - mean) / std, per channel.",
  fields: (t) => ({
    scale: t.exposeFloat("scale"),
    mean: t.field({ type: ["Float"], description: "One a channel.", resolve: ({ mean }) => [...mean] }),
    std: t.field({ type: ["Float"], description: "One a channel.", resolve: ({ std }) => [...std] }),
    invert: t.exposeBoolean("invert", {
      description: "True: a grey level g counts as 255 - g, so that dark ink becomes light.",
    }),
  }),
});

export const Model = builder.objectRef<ModelInfo>("Model").implement({
  description: "A classifier that both sides serve.",
  fields: (t) => ({
    id: t.exposeID("id"),
    sha256: t.exposeString("sha256", {
      description: "Of the ONNX file as it was given; the edge serves it as /models/<sha256>.onnx.",
    }),
    executedSha256: t.exposeString("executedSha256", {
      description: "Of the bytes that the runtimes are handed: another file where `adaptations` is not empty.",
    }),
    adaptations: t.field({
      type: ["String"],
      description: "What was changed before it runs, in words, e.g. that a final Softmax was cut off.",
      resolve: ({ adaptations }) => [...adaptations],
    }),
    sizeBytes: t.exposeInt("sizeBytes", { description: "Of the ONNX file as it was given." }),
    opset: t.exposeInt("opset", { description: "Version of ONNX's own operator set." }),
    labels: t.field({ type: ["String"], resolve: ({ labels }) => [...labels] }),
    inputShape: t.field({
      type: ["Int"],
      description: "As the graph declares it; -1 where the batch is dynamic.",
      resolve: ({ input }) => [...input.shape],
    }),
    preprocess: t.expose("preprocess", {
      type: PreprocessType,
      description: "How an encoded image becomes the input tensor.",
    }),
    certificate: t.field({
      type: Certificate,
      nullable: true,
      description:
        "Null: not certified. Otherwise the proof that its logits have the same bits on every conforming backend.",
      resolve: (model) => (isCertified(model) ? model : null),
    }),
    notCertified: t.string({
      nullable: true,
      description: "The first node that is not exact and why; null where there is a certificate.",
      resolve: ({ proof }) => proof.failure && `${proof.failure.node} (${proof.failure.op}): ${proof.failure.reason}`,
    }),
  }),
});

builder.queryField("models", (t) =>
  t.field({
    type: [Model],
    description: "The models served; the first is the default.",
    resolve: (_root, _args, { host }) => [...host.catalogue.models],
  }),
);
