import type { BackendId } from "#core/backends.ts";
import type { Host } from "#core/host.ts";
import { answer } from "#core/path.ts";
import type { LogitsAnswer, PredictionAnswer } from "#core/respond.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { Backend } from "./backends.ts";
import { builder } from "./builder.ts";
import { finiteOrNull } from "./floats.ts";
import { type ImageInput, toSource } from "./images.ts";
import { Model } from "./models.ts";
import { ONE_INPUT, withoutNulls } from "./requests.ts";

const LATENCY =
  "Wall time of the inference on its own side; null if that side cannot measure it (a deployed Worker's clock stands still while it computes).";

const Logits = builder.objectRef<LogitsAnswer>("Logits").implement({
  description: "A model's raw output on one backend, before any softmax.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend, description: "The backend that computed it." }),
    executionProvider: t.exposeString("executionProvider", { description: "As `BackendStatus.executionProvider`." }),
    values: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "One number per label; null where the element is NaN or infinite. `bits` always has it.",
      resolve: ({ logits }) => Array.from(logits, finiteOrNull),
    }),
    bits: t.field({
      type: "Bytes",
      description: "The logits as little-endian float32.",
      resolve: ({ logits }) => bytesOf(logits),
    }),
    sha256: t.expose("sha256", { type: "Sha256", description: "Digest of `bits`." }),
    inputSha256: t.expose("inputSha256", { type: "Sha256", description: "Digest of the input tensor's bytes." }),
    latencyMs: t.exposeFloat("latencyMs", { nullable: true, description: LATENCY }),
  }),
});

export const Prediction = builder.objectRef<PredictionAnswer>("Prediction").implement({
  description: "One backend's answer for one input.",
  fields: (t) => ({
    backend: t.expose("backend", { type: Backend, description: "The backend that computed it." }),
    model: t.expose("model", { type: Model, description: "The model that ran." }),
    label: t.exposeString("label", {
      description: 'The label of the largest logit, ties to the lowest index; "NaN" if any logit is NaN.',
    }),
    classIndex: t.exposeInt("classIndex", { description: "Index of the label; -1 if any logit is NaN." }),
    probabilities: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "Softmax of the logits, computed on the host, the same on every side; null where it is not finite.",
      resolve: ({ probabilities }) => probabilities.map(finiteOrNull),
    }),
    logits: t.expose("logits", { type: Logits, description: "The output before the softmax." }),
    latencyMs: t.exposeFloat("latencyMs", { nullable: true, description: LATENCY }),
  }),
});

interface PredictArgs {
  readonly input: typeof ImageInput.$inferInput;
  readonly backend: BackendId;
  readonly model?: string | null | undefined;
}

/** One input on one backend: the main path with a single row, whose failure is the query's. */
async function predictOne({ input, backend, model }: PredictArgs, host: Host): Promise<PredictionAnswer> {
  const one = { inputs: [toSource(input)], backends: [backend], reference: backend };
  const { rows } = await answer({ ...one, ...withoutNulls<{ model?: string }>({ model }) }, host);
  const output = rows[0]?.outputs[0];
  if (output?.error) throw output.error;
  if (!output?.prediction) throw new Error("the main path gave neither a prediction nor an error");
  return output.prediction;
}

const PREDICT_ARGS = builder.args((t) => ({
  ...ONE_INPUT,
  backend: t.field({ type: Backend, required: true, defaultValue: "WASM", description: "The backend to run on." }),
}));

builder.queryFields((t) => ({
  predict: t.field({
    type: Prediction,
    description: "The model's label, probabilities and logits for one input on one backend.",
    args: PREDICT_ARGS,
    resolve: (_root, args, { host }) => predictOne(args, host),
  }),
  rawLogits: t.field({
    type: Logits,
    description: "The model's logits for one input on one backend.",
    args: PREDICT_ARGS,
    resolve: async (_root, args, { host }) => (await predictOne(args, host)).logits,
  }),
}));
