import { BACKEND_IDS } from "#core/backends.ts";
import { MAX_REST_IMAGES } from "#core/limits.ts";
import type { Host } from "#core/host.ts";
import { GPU_CANDIDATES } from "../roles.ts";
import { SCHEMAS } from "./schemas.ts";

/** As much of an OpenAPI 3.1 document as the page of it reads. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: typeof SCHEMAS };
}

export interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly deprecated?: true;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly description: string; readonly content: unknown };
  /** A path to try it with. */
  readonly "x-example"?: string;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: unknown }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly required: boolean;
  readonly description: string;
  readonly schema: unknown;
}

const DESCRIPTION = `The digits of MNIST on two backends, as Paragon's MNIST service and MathSketch answer.
cpu is what this side holds: WASM at the edge, native CPU on the origin. gpu is ${GPU_CANDIDATES.join(", else ")}, on hardware, else it
is not available, unless PARAGON_GPU or ?gpu= names the backend that stands for it. The whole of isobit is at /graphql.`;

/** The description of this face; everything in it but the version is fixed. */
export function openApi({ version }: Pick<Host, "version">): OpenApi {
  return {
    openapi: "3.1.0",
    info: { title: "isobit's REST face", version, description: DESCRIPTION.replaceAll("\n", " ") },
    paths: PATHS,
    components: { schemas: SCHEMAS },
  };
}

const schemaOf = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const jsonOf = (schema: unknown) => ({ "application/json": { schema } });
const ok = (description: string, name: string) => ({ "200": { description, content: jsonOf(schemaOf(name)) } });
const refused = (description: string) => ({ description, content: jsonOf(schemaOf("Refusal")) });

const MISSING = { "404": refused("There is no such image.") };
const NO_GPU = { "503": refused("Nothing answers for that backend.") };
const INVALID = { "422": { description: "The request does not fit.", content: jsonOf(schemaOf("Invalid")) } };

const IMAGE: Parameter = {
  name: "image",
  in: "query",
  required: true,
  description: "A file name of /images/list, such as 7.png, or its id, such as 7.",
  schema: { type: "string" },
};

const BACKEND: Parameter = {
  name: "backend",
  in: "query",
  required: false,
  description: "Which of the two; gpu where it is left out.",
  schema: { type: "string", enum: ["cpu", "gpu"], default: "gpu" },
};

const IMAGES: Parameter = {
  name: "images",
  in: "query",
  required: false,
  description: `Once an image, at most ${MAX_REST_IMAGES}; all ten where it is left out.`,
  schema: { type: "array", items: { type: "string" }, maxItems: MAX_REST_IMAGES },
};

const STAND_IN: Parameter = {
  name: "gpu",
  in: "query",
  required: false,
  description: "The backend that stands for gpu in this call.",
  schema: { type: "string", enum: BACKEND_IDS },
};

const FILE: Parameter = {
  name: "file",
  in: "path",
  required: true,
  description: "A file name of /images/list.",
  schema: { type: "string" },
};

const PREDICT_BODY = {
  description: 'JSON: {"image": "7.png", "backend": "cpu"}, or a drawing: {"image_data": "<base64 of a PNG>"}.',
  required: true,
  content: jsonOf({ anyOf: [schemaOf("PredictRequest"), schemaOf("DrawingRequest")] }),
};

const PREDICTED = {
  description: "The prediction, in the form of the service whose body was sent.",
  content: jsonOf({ anyOf: [schemaOf("Prediction"), schemaOf("DrawingPrediction")] }),
};

function gone(path: string): Operation {
  return {
    summary: "MathSketch's history, which is not kept here",
    operationId: `${path}Gone`,
    deprecated: true,
    responses: { "410": refused("Says where it is now.") },
  };
}

const PATHS: OpenApi["paths"] = {
  "/": {
    get: {
      summary: "A greeting; the edge shows a browser the web page instead",
      operationId: "greeting",
      "x-example": "/",
      responses: ok("Whether a GPU is there.", "Greeting"),
    },
  },
  "/health": {
    get: {
      summary: "How the service is",
      operationId: "health",
      "x-example": "/health",
      responses: ok("As it is now.", "Health"),
    },
  },
  "/images/list": {
    get: {
      summary: "The built-in images",
      operationId: "images",
      "x-example": "/images/list",
      responses: ok("Their file names, sorted.", "ImageList"),
    },
  },
  "/static/images/{file}": {
    get: {
      summary: "A built-in image",
      operationId: "image",
      "x-example": "/static/images/7.png",
      parameters: [FILE],
      responses: {
        "200": { description: "28 x 28 pixels, 8-bit grey.", content: { "image/png": {} } },
        ...MISSING,
      },
    },
  },
  "/predict": {
    get: {
      summary: "One image on one backend",
      operationId: "predict",
      "x-example": "/predict?image=7.png&backend=cpu",
      parameters: [IMAGE, BACKEND],
      responses: { ...ok("Label and probabilities.", "Prediction"), ...MISSING, ...INVALID, ...NO_GPU },
    },
    post: {
      summary: "The same with a JSON body, or MathSketch's: a drawing",
      operationId: "predictByBody",
      requestBody: PREDICT_BODY,
      responses: {
        "200": PREDICTED,
        ...MISSING,
        "413": refused("The body or the drawing is too large."),
        ...INVALID,
        ...NO_GPU,
      },
    },
  },
  "/predict-raw": {
    get: {
      summary: "The logits of one image on one backend",
      operationId: "rawLogits",
      "x-example": "/predict-raw?image=7.png&backend=cpu",
      parameters: [IMAGE, BACKEND],
      responses: { ...ok("True logits, before any softmax.", "RawLogits"), ...MISSING, ...INVALID, ...NO_GPU },
    },
  },
  "/parity": {
    get: {
      summary: "Images on both backends, compared",
      operationId: "parity",
      "x-example": "/parity?images=3.png&images=7.png&gpu=CPU",
      parameters: [IMAGES, STAND_IN],
      responses: { ...ok("A row an image.", "Parity"), ...INVALID },
    },
  },
  "/history": { get: gone("history") },
  "/all": { get: gone("all") },
  "/delete": { delete: gone("delete") },
};
