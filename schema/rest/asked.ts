import { type Problem, unprocessable } from "./refusal.ts";

/* What a request asks for, read from its query or its body; invalid requests are refused as FastAPI refuses them. */

export type Role = "cpu" | "gpu";

export interface AskedPrediction {
  /** As the caller wrote it. */
  readonly image: string;
  readonly role: Role;
}

/** Paragon's own default. */
const DEFAULT_ROLE: Role = "gpu";

/** @throws RestRefusal 422 */
export function predictionInQuery(query: URLSearchParams): AskedPrediction {
  // If a name is given twice, FastAPI uses the last one.
  return readPrediction("query", (name) => query.getAll(name).at(-1));
}

/** @throws RestRefusal 422 */
export function predictionInBody(body: Readonly<Record<string, unknown>>): AskedPrediction {
  return readPrediction("body", (name) => (Object.hasOwn(body, name) ? body[name] : undefined));
}

/** @throws RestRefusal 422 if the body is not a JSON object */
export async function jsonObject(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const body = parseJson(await request.text());
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw unprocessable({ loc: ["body"], msg: "Input should be an object", type: "model_attributes_type" });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unprocessable({ loc: ["body"], msg: "JSON decode error", type: "json_invalid" });
  }
}

function readPrediction(where: "query" | "body", read: (name: string) => unknown): AskedPrediction {
  const image = readText(where, "image", read("image"));
  const role = readRole(where, read("backend"));
  if (typeof image === "string" && typeof role === "string") return { image, role };
  throw unprocessable(...[image, role].filter((each): each is Problem => typeof each !== "string"));
}

/** The text, or what is wrong with it. */
export function readText(where: string, name: string, value: unknown): string | Problem {
  const loc = [where, name];
  if (value === undefined) return { loc, msg: "Field required", type: "missing" };
  return typeof value === "string" ? value : { loc, msg: "Input should be a valid string", type: "string_type" };
}

/** Paragon takes any unknown name for its CPU; here an answer is never attributed to a backend that was not asked. */
function readRole(where: string, value: unknown): Role | Problem {
  if (value === undefined) return DEFAULT_ROLE;
  const text = readText(where, "backend", value);
  if (typeof text !== "string") return text;
  const lower = text.toLowerCase();
  if (lower === "cpu" || lower === "gpu") return lower;
  return { loc: [where, "backend"], msg: "Input should be 'cpu' or 'gpu'", type: "literal_error" };
}
