import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { isCertified, type ModelInfo } from "#core/model/model.ts";
import { findModel } from "#core/validate.ts";
import { builder } from "./builder.ts";
import { Certificate } from "./certificates.ts";

const PreprocessType = builder.objectRef<Preprocess>("Preprocess").implement({
  description: "How grey levels 0-255 become the model's input: (grey * scale - mean) / std, per channel.",
  fields: (t) => ({
    scale: t.exposeFloat("scale", { description: "Factor of the grey level." }),
    mean: t.exposeFloatList("mean", { description: "One number per channel." }),
    std: t.exposeFloatList("std", { description: "One number per channel." }),
    invert: t.exposeBoolean("invert", {
      description: "True: a grey level g becomes 255 - g, so that dark ink becomes light.",
    }),
  }),
});

export const Model = builder.objectRef<ModelInfo>("Model").implement({
  description: "A classifier that both sides serve.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Names the model in other fields." }),
    sha256: t.expose("sha256", {
      type: "Sha256",
      description: "Digest of the ONNX file as it was given; the edge serves the file as /models/<sha256>.onnx.",
    }),
    executedSha256: t.expose("executedSha256", {
      type: "Sha256",
      description:
        "Digest of the bytes that the runtimes load. They differ from the file if `adaptations` is not empty.",
    }),
    adaptations: t.exposeStringList("adaptations", {
      description: "Changes made to the file before it runs, e.g. that a final Softmax was removed.",
    }),
    sizeBytes: t.exposeInt("sizeBytes", { description: "Size of the ONNX file as it was given." }),
    opset: t.exposeInt("opset", { description: "Version of ONNX's standard operator set." }),
    labels: t.exposeStringList("labels", { description: "The classes, in the order of the logits." }),
    inputShape: t.intList({
      description: "As the graph declares it; -1 for a dynamic batch.",
      resolve: ({ input }) => input.shape,
    }),
    preprocess: t.expose("preprocess", {
      type: PreprocessType,
      description: "How an encoded image becomes the input tensor.",
    }),
    certificate: t.field({
      type: Certificate,
      nullable: true,
      description:
        "The proof that the model's logits have the same bits on every conforming backend; null if the model is not certified.",
      resolve: (model) => (isCertified(model) ? model : null),
    }),
    notCertified: t.string({
      nullable: true,
      description: "The first node that is not exact, and why; null if the model is certified.",
      resolve: ({ proof }) => proof.failure && `${proof.failure.node} (${proof.failure.op}): ${proof.failure.reason}`,
    }),
  }),
});

builder.queryFields((t) => ({
  models: t.field({
    type: [Model],
    description: "The models served; the first is the default.",
    resolve: (_root, _args, { host }) => host.catalogue.models,
  }),
  model: t.field({
    type: Model,
    nullable: true,
    description: "One model; null with the error MODEL_NOT_FOUND if none has this id.",
    args: { id: t.arg.id({ required: true, description: "An id of `models`." }) },
    resolve: (_root, { id }, { host }) => findModel(id, host.catalogue),
  }),
}));
