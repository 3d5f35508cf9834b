import { bytesOf } from "#core/tensors/bits.ts";
import { answer } from "#core/path.ts";
import type { BackendId } from "#core/backends.ts";
import type { LogitsAnswer, PredictionAnswer } from "#core/respond.ts";
import type { Host } from "#core/host.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { finiteOrNull } from "./floats.ts";
import { ImageInput, toSource } from "./images.ts";
import { Model } from "./models.ts";

const Logits = builder.objectRef<LogitsAnswer>("Logits").implement({
  description: "A model's raw output on one backend, before any softmax.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend }),
    executionProvider: t.exposeString("executionProvider"),
    values: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "Null where the element is NaN or infinite; `bits` always carries it.",
      resolve: ({ logits }) => Array.from(logits, finiteOrNull),
    }),
    bits: t.field({ type: "Bytes", description: "Little-endian float32.", resolve: ({ logits }) => bytesOf(logits) }),
    sha256: t.exposeString("sha256", { description: "SHA-256 of `bits`." }),
    inputSha256: t.exposeString("inputSha256", { description: "SHA-256 of the input tensor's bytes." }),
    latencyMs: t.exposeFloat("latencyMs", {
      nullable: true,
      description:
        "Wall time of the inference on its own side; null where that side cannot measure it (a deployed Worker's clock stands still while it computes).",
    }),
  }),
});

export const Prediction = builder.objectRef<PredictionAnswer>("Prediction").implement({
  description: "One backend's answer for one input.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend }),
    model: t.expose("model", { type: Model }),
    label: t.exposeString("label", {
      description: 'The label of the largest logit, ties to the lowest index; "NaN" with any NaN among the logits.',
    }),
    classIndex: t.exposeInt("classIndex", { description: "-1 with any NaN among the logits." }),
    probabilities: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "Softmax of the logits, computed on the host, the same on every side; null where it is not finite.",
      resolve: ({ probabilities }) => probabilities.map(finiteOrNull),
    }),
    logits: t.expose("logits", { type: Logits }),
    latencyMs: t.exposeFloat("latencyMs", { nullable: true }),
  }),
});

interface PredictArgs {
  readonly input: typeof ImageInput.$inferInput;
  readonly backend: BackendId;
  readonly model?: string | null | undefined;
}

/** One input on one backend: the main path with a single row, whose failure is the query's. */
async function predictOne(args: PredictArgs, host: Host): Promise<PredictionAnswer> {
  const { rows } = await answer(
    {
      inputs: [toSource(args.input)],
      backends: [args.backend],
      reference: args.backend,
      ...(args.model == null ? {} : { model: args.model }),
    },
    host,
  );
  const output = rows[0]?.outputs[0];
  if (output?.error) throw output.error;
  if (!output?.prediction) throw new Error("the main path answered neither a prediction nor an error");
  return output.prediction;
}

builder.queryFields((t) => ({
  predict: t.field({
    type: Prediction,
    description: "The model's label, probabilities and logits for one input on one backend.",
    args: {
      input: t.arg({ type: ImageInput, required: true }),
      backend: t.arg({ type: Backend, required: true, defaultValue: "WASM" }),
      model: t.arg.id({ description: "An id of `models`; absent: the default model." }),
    },
    resolve: (_root, args, { host }) => predictOne(args, host),
  }),
  rawLogits: t.field({
    type: Logits,
    description: "The logits alone, as bits.",
    args: {
      input: t.arg({ type: ImageInput, required: true }),
      backend: t.arg({ type: Backend, required: true, defaultValue: "WASM" }),
      model: t.arg.id({ description: "An id of `models`; absent: the default model." }),
    },
    resolve: async (_root, args, { host }) => (await predictOne(args, host)).logits,
  }),
}));
