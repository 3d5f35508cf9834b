import { BACKEND_IDS } from "#core/backends.ts";

/* The bodies of the REST face as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */

type JsonSchema = Readonly<Record<string, unknown>>;

const text = (description?: string): JsonSchema => ({ type: "string", ...(description && { description }) });
const count: JsonSchema = { type: "integer", minimum: 0 };
const metric: JsonSchema = { type: ["number", "null"], minimum: 0 };
const backend = (description: string): JsonSchema => ({ type: "string", enum: BACKEND_IDS, description });
const file = text("A file name of /images/list.");

/** Every property is required unless it is named in `optional`. */
function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const latency: JsonSchema = {
  type: ["number", "null"],
  minimum: 0,
  description: "Seconds, to the microsecond; null where that side cannot measure, as a deployed Worker cannot.",
};

const perClass = (description: string): JsonSchema => ({
  type: "array",
  items: { type: ["number", "null"] },
  description: `${description} Null where the value is not finite.`,
});

const gpuFields = {
  gpu_available: { type: "boolean", description: "A hardware GPU can answer. A software adapter is none." },
  gpu_backend: backend("What PARAGON_GPU lets stand for gpu; absent where it is not set."),
} as const;

const computedBy = {
  model: text("The model's id."),
  computed_by: backend("The backend that really computed this."),
  execution_provider: text("As ONNX Runtime names it."),
  logits_bits: {
    type: "string",
    contentEncoding: "base64",
    description: "The logits as little-endian float32: every bit, NaN and the sign of zero too.",
  },
} as const;

const role: JsonSchema = { type: "string", enum: ["cpu", "gpu"] };

const verdict: JsonSchema = {
  type: "string",
  enum: ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"],
  description: "From the bits of the logits. INCOMPLETE: something is missing, so nothing is claimed.",
};

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Greeting: object({ message: text(), ...gpuFields }, ["gpu_backend"]),
  Health: object({ ok: { type: "boolean" }, ...gpuFields }, ["gpu_backend"]),
  ImageList: object({ images: { type: "array", items: file } }),
  PredictRequest: object({ image: text("A file name of /images/list, or its id."), backend: role }, ["backend"]),
  DrawingRequest: object({
    image_data: text("A PNG as base64, with or without data:image/png;base64, before it. Dark ink or light ink."),
  }),
  Prediction: object({
    backend: role,
    image: file,
    prediction: { type: "integer", minimum: -1, description: "The class; -1 with a NaN among the logits." },
    probabilities: perClass("Softmax of the logits."),
    latency_sec: latency,
    source_image_url: text(),
    ...computedBy,
  }),
  DrawingPrediction: object({
    prediction: { type: "integer", minimum: -1 },
    timestamp: { type: "string", format: "date-time" },
  }),
  RawLogits: object({
    backend: role,
    image: file,
    logits: perClass("The model's output before any softmax, every digit of each float32."),
    ...computedBy,
  }),
  RoleResponse: object({
    pred: { type: "integer", minimum: -1 },
    probs: perClass("Softmax of the logits."),
    latency_sec: latency,
    ...computedBy,
  }),
  ComparedRow: object(
    {
      image: file,
      cpu: ref("RoleResponse"),
      gpu: orNull(ref("RoleResponse")),
      match: { type: ["boolean", "null"], description: "The labels agree. Null: there is nothing to compare with." },
      verdict,
      max_ulp: { ...metric, description: "Largest distance between two logits in float32 steps." },
      logit_max_abs: { ...metric, description: "Largest difference between two logits." },
      gpu_error: text("Why gpu is null although a backend was to answer."),
    },
    ["gpu_error"],
  ),
  FailedRow: object({ image: text(), error: text() }),
  Parity: object({
    gpu_available: gpuFields.gpu_available,
    mismatches: { ...count, description: "Rows whose labels differ." },
    total: count,
    results: { type: "array", items: { anyOf: [ref("ComparedRow"), ref("FailedRow")] } },
    verdict,
    model: { type: ["string", "null"] },
    cpu_backend: backend("The backend that cpu is here."),
    gpu_backend: orNull(backend("The backend that gpu is here; null: none.")),
    certificate_violations: {
      ...count,
      description: "Rows that differ although the model is proved to have the same bits; see parity in GraphQL.",
    },
  }),
  Refusal: object({ detail: text() }),
  Invalid: object({
    detail: {
      type: "array",
      items: object({
        loc: { type: "array", items: { type: ["string", "integer"] } },
        msg: text(),
        type: text(),
      }),
    },
  }),
};
