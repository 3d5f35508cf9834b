import { Agent, request } from "node:http";
import { messageOf } from "#core/errors.ts";
import { digitTensors } from "../oip/digit-tensors.ts";
import type { Random } from "../support/random.ts";
import type { Failure } from "./failure.ts";
import { mutate } from "./mutate.ts";
import { pictures } from "./pictures.ts";

/* Mutated requests to every face of a running stack. */

interface Sent {
  readonly face: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface Seed extends Sent {
  /** The part that is mutated; the rest is put together anew around it. */
  readonly wrap?: (mutated: Buffer) => Uint8Array;
}

const JSON_TYPE = { "content-type": "application/json" };
const HANGS_AFTER_MS = 30_000;
const AT_ONCE = 16;

/** @param urls of both sides @returns what failed; each failure holds the whole request */
export async function fuzzFaces(urls: readonly string[], count: number, random: Random): Promise<Failure[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const all = await seeds();
  const failures: Failure[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const url = random.pick(urls);
      const sent = mutated(random.pick(all), random);
      const problem = await problemOf(url, sent, agent);
      if (problem !== null) failures.push({ target: `${url} ${sent.face}`, problem, bytes: written(sent) });
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    agent.destroy();
  }
  return failures;
}

async function seeds(): Promise<Seed[]> {
  const post = (face: string, path: string, body: object): Seed => ({
    face,
    method: "POST",
    path,
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify(body)),
  });
  const get = (face: string, path: string): Seed => ({
    face,
    method: "GET",
    path,
    headers: {},
    body: Buffer.alloc(0),
  });
  const query = (text: string, variables: object = {}): Seed => post("GraphQL", "/graphql", { query: text, variables });
  const files = await pictures();
  const PREDICT = "query ($input: ImageInput!) { predict(backend: CPU, input: $input) { label } }";
  const tensor = (await digitTensors("digits"))[7]!;
  const data = [...new Float32Array(tensor.slice().buffer)];
  const input = { name: "input", datatype: "FP32", shape: [1, 1, 28, 28] };
  const drawing = (png: Buffer): object => ({ image_data: `data:image/png;base64,${png.toString("base64")}` });
  return [
    query("{ health { ok backends { backend available reason } } images { id } models { id } }"),
    query('{ predict(backend: WASM, input: { image: "7" }) { label logits { bits values } } }'),
    query("query ($ids: [ID!]) { parity(images: $ids, backends: [WASM, CPU]) { verdict rows { image } } }", {
      ids: ["7"],
    }),
    query('{ trace(input: { image: "7" }) { outcome nodes(differing: true) { name maxUlp } } }'),
    query("query ($v: ImageInput!) { rawLogits(input: $v) { values } }", { v: { pixels: "AAAA" } }),
    query('query ($t: ToleranceInput) { parity(images: ["7"], tolerance: $t) { verdict } }', { t: { maxUlp: 3 } }),
    query('{ __type(name: "Query") { name fields { name args { name defaultValue } } } }'),
    get("GraphQL", `/graphql?query=${encodeURIComponent("{ images { id } }")}&variables={}`),
    ...["/", "/health", "/images/list", "/parity?image=7.png", "/openapi.json", "/history"].map((path) =>
      get("REST", path),
    ),
    get("REST", "/predict?image=7.png&backend=cpu"),
    get("REST", "/predict-raw?image=7.png&backend=cpu"),
    get("REST", "/static/images/7.png"),
    post("Paragon", "/predict", { image: "7.png", backend: "cpu" }),
    post("MathSketch", "/predict", drawing(files.get("png")!)),
    {
      ...post("MathSketch", "/predict", {}),
      body: files.get("png")!,
      wrap: (png) => Buffer.from(JSON.stringify(drawing(png))),
    },
    get("/v2", "/v2/models/digits"),
    post("/v2", "/v2/models/digits/infer", { inputs: [{ ...input, data }] }),
    post("/v2", "/v2/models/digits/infer", {
      inputs: [{ ...input, data: data.slice(0, 3) }],
      outputs: [{ name: "logits" }],
    }),
    binary(input, tensor),
    ...[...files].map(([format, file]): Seed => ({
      ...query(PREDICT),
      face: `a ${format} file`,
      body: file,
      wrap: (bytes) =>
        Buffer.from(JSON.stringify({ query: PREDICT, variables: { input: { file: bytes.toString("base64") } } })),
    })),
  ];
}

/** The tensor behind the JSON. */
function binary(input: object, tensor: Uint8Array): Seed {
  const json = Buffer.from(JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: tensor.length } }] }));
  const headers = { ...JSON_TYPE, "inference-header-content-length": String(json.length) };
  return { face: "/v2", method: "POST", path: "/v2/models/digits/infer", headers, body: Buffer.concat([json, tensor]) };
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"];
const TYPES = [
  "text/plain",
  "application/graphql-response+json",
  "multipart/form-data",
  "application/json;charset=x",
  "",
];

function mutated(seed: Seed, random: Random): Sent {
  const { face, method, path, headers, body, wrap } = seed;
  const inBody = body.length > 0 && random.int(0, 9) > 0;
  const changed = inBody ? mutate(body, random) : Buffer.from(body);
  return {
    face,
    method: random.int(0, 19) === 0 ? random.pick(METHODS) : method,
    path: inBody ? path : pathOf(mutate(Buffer.from(path), random)),
    headers: {
      ...headers,
      ...(random.int(0, 19) === 0 && { "content-type": random.pick(TYPES) }),
      ...(random.int(0, 49) === 0 && { accept: random.pick(["text/event-stream", "text/html", "*/*;q=x", ""]) }),
      ...(random.int(0, 49) === 0 && { "content-encoding": random.pick(["gzip", "deflate", "br", "x"]) }),
    },
    body: wrap ? wrap(changed) : changed,
  };
}

/** Bytes that a request line cannot hold are written as the percent sign and two digits. */
function pathOf(bytes: Buffer): string {
  const text = bytes.toString("latin1").replaceAll(/[^\x21-\x7e]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    return `%${code}`;
  });
  return text.startsWith("/") ? text : `/${text}`;
}

function written({ method, path, headers, body }: Sent): Uint8Array {
  const head = [`${method} ${path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** A backend that this stack does not have, or that has too much to do. */
const EXPLAINED = /BACKEND|OVERLOADED|GPU|not available|already has/;

async function problemOf(url: string, sent: Sent, agent: Agent): Promise<string | null> {
  try {
    const { status, text } = await send(url, sent, agent);
    if (/INTERNAL"|defect of isobit/.test(text)) return `${status} ${text.slice(0, 300)}`;
    // A response to HEAD has no sentence that could explain its status.
    const explained = status === 501 || (sent.method === "HEAD" && status === 503) || EXPLAINED.test(text);
    return status >= 500 && !explained ? `${status} ${text.slice(0, 300)}` : null;
  } catch (error) {
    return messageOf(error);
  }
}

function send(url: string, sent: Sent, agent: Agent): Promise<{ status: number; text: string }> {
  const { method, path, body } = sent;
  const headers = { ...sent.headers, ...(body.length > 0 && { "content-length": String(body.length) }) };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(HANGS_AFTER_MS);
    const asked = request(`${url}/`, { method, path, headers, agent, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        if (text.length < 20_000) text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text })).on("error", reject);
    });
    asked.on("error", reject).end(body);
  });
}
