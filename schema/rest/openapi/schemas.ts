import { BACKEND_IDS } from "#core/backends.ts";

/* The bodies of the REST routes as JSON Schema 2020-12, which OpenAPI 3.1 uses. */

type JsonSchema = Readonly<Record<string, unknown>>;

const text = (description?: string): JsonSchema => ({ type: "string", ...(description && { description }) });
const count: JsonSchema = { type: "integer", minimum: 0 };
const metric: JsonSchema = { type: ["number", "null"], minimum: 0 };
const backend = (description: string): JsonSchema => ({ type: "string", enum: BACKEND_IDS, description });
const filled = (description: string): JsonSchema => ({ ...text(description), minLength: 1 });
const file = filled("A file name of /images/list.");

/** A name in a request. */
export const NAME: JsonSchema = { type: "string", minLength: 1 };

/** Every property is required unless `optional` lists it. */
function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const latency: JsonSchema = {
  type: ["number", "null"],
  minimum: 0,
  description: "Seconds, to the microsecond; null if that side cannot measure it, as on a deployed Worker.",
};

const perClass = (description: string): JsonSchema => ({
  type: "array",
  items: { type: ["number", "null"] },
  description: `${description} Null if the value is not finite.`,
});

const gpuFields = {
  gpu_available: { type: "boolean", description: "True if a hardware GPU is available; false for a software adapter." },
  gpu_backend: backend("The value of PARAGON_GPU; absent if it is not set."),
} as const;

const computedBy = {
  model: filled("The model's id."),
  computed_by: backend("The backend that computed this."),
  execution_provider: filled("The execution provider as ONNX Runtime names it."),
  logits_bits: {
    type: "string",
    contentEncoding: "base64",
    minLength: 1,
    description: "The logits as little-endian float32: every bit, including NaN payloads and the sign of zero.",
  },
} as const;

const role: JsonSchema = { type: "string", enum: ["cpu", "gpu"] };

const verdict: JsonSchema = {
  type: "string",
  enum: ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"],
  description: "Compares the bits of the logits. INCOMPLETE: an answer is missing, so nothing is claimed.",
};

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Greeting: object({ message: text(), ...gpuFields }, ["gpu_backend"]),
  Health: object({ ok: { type: "boolean" }, ...gpuFields }, ["gpu_backend"]),
  ImageList: object({ images: { type: "array", items: file } }),
  PredictRequest: object({ image: filled("A file name of /images/list, or its id."), backend: role }, ["backend"]),
  DrawingRequest: object({
    image_data: filled("A PNG as base64, with or without the prefix data:image/png;base64,. Dark ink or light ink."),
  }),
  Prediction: object({
    backend: role,
    image: file,
    prediction: { type: "integer", minimum: -1, description: "The class; -1 if any logit is NaN." },
    probabilities: perClass("Softmax of the logits."),
    latency_sec: latency,
    source_image_url: filled("Path of the image on this side."),
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
      match: { type: ["boolean", "null"], description: "True if the labels agree; null without a second answer." },
      verdict,
      max_ulp: { ...metric, description: "Largest ULP distance between two logits." },
      logit_max_abs: { ...metric, description: "Largest difference between two logits." },
      gpu_error: text("Why the backend used as gpu has no answer."),
    },
    ["gpu_error"],
  ),
  FailedRow: object({ image: text(), error: text() }),
  Parity: object({
    gpu_available: gpuFields.gpu_available,
    mismatches: { ...count, description: "Number of rows whose labels differ." },
    total: count,
    results: { type: "array", items: { anyOf: [ref("ComparedRow"), ref("FailedRow")] } },
    verdict,
    model: { type: ["string", "null"] },
    cpu_backend: backend("The backend used as cpu."),
    gpu_backend: orNull(backend("The backend used as gpu; null if none is available.")),
    certificate_violations: {
      ...count,
      description:
        "Number of rows that differ although a certificate proves that they cannot; see `parity` in GraphQL.",
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
