import { BACKEND_IDS } from "#core/backends.ts";
import { MAX_REST_IMAGES } from "#core/limits.ts";
import type { Host } from "#core/host.ts";
import { GPU_CANDIDATES } from "../roles.ts";
import { NAME, SCHEMAS } from "./schemas.ts";

/** The parts of an OpenAPI 3.1 document that its page reads. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string } & Facts;
  readonly servers: readonly Facts[];
  readonly tags: readonly Facts[];
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: typeof SCHEMAS; readonly securitySchemes: object };
}

type Facts = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly description: string; readonly required: boolean; readonly content: unknown };
  /** A path to try it with. */
  readonly "x-example"?: string;
  readonly responses: Responses;
}

type Responses = Readonly<Record<string, { readonly description: string; readonly content?: unknown }>>;

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly required: boolean;
  readonly description: string;
  readonly schema: unknown;
}

const DESCRIPTION = `The digits of MNIST on two backends, with the REST interfaces of Paragon's MNIST service and MathSketch.
\`cpu\` is what this side holds: WASM on the edge, native CPU on the origin. \`gpu\` is the first of ${GPU_CANDIDATES.join(", ")} on
hardware, or the backend that PARAGON_GPU or \`?gpu=\` names. MathSketch's /history, /all and /delete answer 410: the browser keeps
the drawings. /graphql has everything else.`;

/** The description of the REST routes; only the version varies. */
export function openApi({ version }: Pick<Host, "version">): OpenApi {
  return {
    openapi: "3.1.0",
    info: {
      title: "isobit's REST routes",
      version,
      description: DESCRIPTION.replaceAll("\n", " "),
      contact: { name: "isobit" },
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The side that serves this description." }],
    tags: [
      { name: PREDICT, description: "One image on one backend." },
      { name: COMPARE, description: "Images on both backends." },
      { name: SERVICE, description: "What is served, and how it is." },
    ],
    // Without ORIGIN_PUBLIC=0, no side requires the token.
    security: [{}, { token: [] }],
    paths: PATHS,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "ORIGIN_TOKEN; required by an origin with ORIGIN_PUBLIC=0.",
        },
      },
    },
  };
}

const [PREDICT, COMPARE, SERVICE] = ["Predict", "Compare", "Service"];

const schemaOf = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const jsonOf = (schema: unknown) => ({ "application/json": { schema } });
const ok = (description: string, name: string) => ({ "200": { description, content: jsonOf(schemaOf(name)) } });
const refused = (description: string) => ({ description, content: jsonOf(schemaOf("Refusal")) });

const MISSING = { "404": refused("No built-in image has this name.") };
const NO_GPU = { "503": refused("The backend is not available.") };
const INVALID = { "422": { description: "A parameter is missing or invalid.", content: jsonOf(schemaOf("Invalid")) } };

/** Every route may answer these. */
const EVERYWHERE: Responses = {
  "401": refused("The token is wrong, or the required token is missing."),
  "414": { description: "The URL has more than 64 KiB (edge)." },
  "431": { description: "The URL and the headers have more than 80 KiB (origin)." },
};

type Own = Omit<Operation, "tags" | "operationId">;

const operation = (tag: string, operationId: string, { responses, ...own }: Own): Operation => ({
  ...own,
  operationId,
  tags: [tag],
  responses: { ...responses, ...EVERYWHERE },
});

const IMAGE: Parameter = {
  name: "image",
  in: "query",
  required: true,
  description: "A file name of /images/list, such as 7.png, or its id, such as 7.",
  schema: NAME,
};

const BACKEND: Parameter = {
  name: "backend",
  in: "query",
  required: false,
  description: "Which of the two (default: gpu).",
  schema: { type: "string", enum: ["cpu", "gpu"], default: "gpu" },
};

const IMAGES: Parameter = {
  name: "images",
  in: "query",
  required: false,
  description: `One per image, at most ${MAX_REST_IMAGES} (default: all ten).`,
  schema: { type: "array", items: NAME, maxItems: MAX_REST_IMAGES },
};

const STAND_IN: Parameter = {
  name: "gpu",
  in: "query",
  required: false,
  description: "The backend used as gpu in this call (default: PARAGON_GPU).",
  schema: { type: "string", enum: BACKEND_IDS },
};

const FILE: Parameter = {
  name: "file",
  in: "path",
  required: true,
  description: "A file name of /images/list.",
  schema: NAME,
};

const PREDICT_BODY = {
  description: 'Paragon: {"image": "7.png", "backend": "cpu"}. MathSketch: {"image_data": "<base64 of a PNG>"}.',
  required: true,
  content: jsonOf({ anyOf: [schemaOf("PredictRequest"), schemaOf("DrawingRequest")] }),
};

const PREDICTED = {
  description: "The prediction, in the form of the service whose request was sent.",
  content: jsonOf({ anyOf: [schemaOf("Prediction"), schemaOf("DrawingPrediction")] }),
};

const PATHS: OpenApi["paths"] = {
  "/": {
    get: operation(SERVICE, "greeting", {
      summary: "A greeting",
      description: "The edge sends a browser the web page instead.",
      "x-example": "/",
      responses: ok("Whether a GPU is available.", "Greeting"),
    }),
  },
  "/health": {
    get: operation(SERVICE, "health", {
      summary: "The service's health",
      description: "Whether the service answers, and whether it has a GPU.",
      "x-example": "/health",
      responses: ok("The health now.", "Health"),
    }),
  },
  "/images/list": {
    get: operation(SERVICE, "images", {
      summary: "The built-in images",
      description: "Their names, for the other routes.",
      "x-example": "/images/list",
      responses: ok("Their file names, sorted.", "ImageList"),
    }),
  },
  "/static/images/{file}": {
    get: operation(SERVICE, "image", {
      summary: "A built-in image",
      description: "The PNG as it is on disk.",
      "x-example": "/static/images/7.png",
      parameters: [FILE],
      responses: { "200": { description: "28 x 28 pixels, 8-bit grey.", content: { "image/png": {} } }, ...MISSING },
    }),
  },
  "/predict": {
    get: operation(PREDICT, "predict", {
      summary: "Predict a built-in image",
      description: "The label and probabilities of one image on one backend.",
      "x-example": "/predict?image=7.png&backend=cpu",
      parameters: [IMAGE, BACKEND],
      responses: { ...ok("Label and probabilities.", "Prediction"), ...MISSING, ...INVALID, ...NO_GPU },
    }),
    post: operation(PREDICT, "predictByBody", {
      summary: "Predict a built-in image or a drawing",
      description: "The request body of either service.",
      requestBody: PREDICT_BODY,
      responses: {
        "200": PREDICTED,
        ...MISSING,
        "413": refused("The body or the drawing is too large."),
        ...INVALID,
        ...NO_GPU,
      },
    }),
  },
  "/predict-raw": {
    get: operation(PREDICT, "rawLogits", {
      summary: "The logits of a built-in image",
      description: "The model's output on one backend, before any softmax.",
      "x-example": "/predict-raw?image=7.png&backend=cpu",
      parameters: [IMAGE, BACKEND],
      responses: { ...ok("The logits.", "RawLogits"), ...MISSING, ...INVALID, ...NO_GPU },
    }),
  },
  "/parity": {
    get: operation(COMPARE, "parity", {
      summary: "Compare both backends",
      description: "Compares labels, as Paragon does, and the bits of the logits.",
      "x-example": "/parity?images=3.png&images=7.png&gpu=CPU",
      parameters: [IMAGES, STAND_IN],
      responses: { ...ok("One row per image.", "Parity"), ...INVALID },
    }),
  },
};
