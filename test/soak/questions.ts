import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { isErrorCode } from "#core/errors.ts";
import { digitTensors } from "../oip/digit-tensors.ts";
import { subscribe } from "../sweep/event-stream.ts";
import { base64 } from "../support/graphql.ts";

/* What the soak asks, and how it reads a response: bits, or the code of an error, for each part of the question. */

export type Side = "edge" | "origin";

/** A part's bits (or text that must be equal), or its error. */
export type Part = { readonly value: string } | { readonly error: string };
export type Parts = ReadonlyMap<string, Part>;

export interface Question {
  readonly name: string;
  readonly side: Side;
  /** @throws Error where the connection breaks, or the response is not what its face promises */
  ask(url: string, signal: AbortSignal): Promise<Parts>;
}

const IMAGES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const MODELS = ["digits", "digits-exact"] as const;
const LOGITS = "prediction { logits { bits } } error { code }";
const PREDICT = `query ($input: ImageInput!, $model: ID, $backend: Backend!) {
  predict(input: $input, model: $model, backend: $backend) { logits { bits } } }`;
const PARITY = `query ($model: ID) { parity(model: $model, backends: [WASM, CPU]) { rows { image outputs { source ${LOGITS} } } } }`;
const TRACE = `query ($image: ID!) { trace(input: { image: $image }, model: "digits") {
  outcome firstDrift { name } nodes { name differingElements maxUlp maxAbs } } }`;
const SWEEP = `subscription ($images: [ID!]) { sweep(model: "digits-exact", backends: [WASM, CPU], images: $images, batch: 10) {
  finished rows { image outputs { source ${LOGITS} } } } }`;

interface Row {
  readonly image: string;
  readonly outputs: readonly {
    readonly source: string;
    readonly prediction: { readonly logits: { readonly bits: string } } | null;
    readonly error: { readonly code: string } | null;
  }[];
}

/** A response that came whole and is not what its face promises: no death of a process explains it. */
export class BadResponse extends Error {}

/** Every question that the load chooses from. */
export async function questions(): Promise<Question[]> {
  const png = await readFile(join(import.meta.dirname, "..", "..", "images", "7.png"));
  const files = {
    png,
    webp: await sharp(png).webp({ lossless: true }).toBuffer(),
    tiff: await sharp(png).tiff().toBuffer(),
  };
  const tensors = await digitTensors("digits");
  return (["edge", "origin"] as const).flatMap((side): Question[] => [
    ...MODELS.flatMap((model) =>
      ["WASM", "CPU"].flatMap((backend) => IMAGES.map((image) => predict(side, model, backend, { image }, image))),
    ),
    ...Object.entries(files).map(([format, file]) =>
      predict(side, "digits", "CPU", { file: base64(file) }, `a ${format} file`),
    ),
    ...MODELS.map((model) => ({
      name: `parity ${model}`,
      side,
      ask: async (url: string, signal: AbortSignal) =>
        await graphql(url, PARITY, { model }, signal, ({ parity }) => partsOfRows(parity.rows as Row[])),
    })),
    ...["3", "7"].map((image) => ({
      name: `trace ${image}`,
      side,
      ask: async (url: string, signal: AbortSignal) =>
        await graphql(url, TRACE, { image }, signal, ({ trace }) => one(JSON.stringify(trace))),
    })),
    { name: "sweep", side, ask: sweep },
    ...IMAGES.map((image) => ({
      name: `rest ${image}`,
      side,
      ask: async (url: string, signal: AbortSignal) =>
        await rest(`${url}/predict-raw?image=${image}.png&backend=cpu`, signal),
    })),
    ...(side === "origin" ? IMAGES.map((image) => infer(tensors[Number(image)]!, image)) : []),
  ]);
}

function predict(side: Side, model: string, backend: string, input: object, what: string): Question {
  return {
    name: `predict ${model} ${backend} ${what}`,
    side,
    ask: async (url, signal) =>
      await graphql(url, PREDICT, { input, model, backend }, signal, (data) => one(data.predict.logits.bits)),
  };
}

function infer(tensor: Uint8Array, image: string): Question {
  const data = [...new Float32Array(tensor.slice().buffer)];
  const body = JSON.stringify({ inputs: [{ name: "input", datatype: "FP32", shape: [1, 1, 28, 28], data }] });
  return {
    name: `v2 ${image}`,
    side: "origin",
    async ask(url, signal) {
      const response = await post(`${url}/v2/models/digits/infer`, body, signal);
      const answer = (await response.json()) as { error?: string; outputs?: { data: number[] }[] };
      if (response.ok) return one(JSON.stringify(answer.outputs!.map((output) => output.data)));
      return refusal(response.status, answer.error);
    },
  };
}

async function sweep(url: string, signal: AbortSignal): Promise<Parts> {
  const parts = new Map<string, Part>();
  // The ids of the images are repeated, so that the stream lasts.
  const images = Array.from({ length: 60 }, (_, index) => String(index % IMAGES.length));
  const { frames, response, close } = await subscribe(url, SWEEP, { images });
  signal.addEventListener("abort", close);
  if (!response.ok) throw new BadResponse(`a sweep was answered ${response.status}`);
  let finished = false;
  let at = 0;
  for await (const { event, data } of frames) {
    if (event === "complete") break;
    const { data: answered, errors } = JSON.parse(data);
    if (errors) return new Map([["sweep", errorOf(errors[0].extensions?.code)]]);
    finished = answered.sweep.finished;
    for (const row of answered.sweep.rows as Row[]) {
      for (const [key, part] of partsOfRows([row])) parts.set(`${at} ${key}`, part);
      at += 1;
    }
  }
  if (!finished) throw new Error("a sweep's stream ended before it had finished, without an error");
  return parts;
}

// The shape is each question's own.
// oxlint-disable-next-line typescript/no-explicit-any
type Read = (data: any) => Parts;

async function graphql(url: string, query: string, variables: object, signal: AbortSignal, read: Read): Promise<Parts> {
  const response = await post(`${url}/graphql`, JSON.stringify({ query, variables }), signal);
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions?: { code?: string } }[] };
  return errors ? new Map([["all", errorOf(errors[0]?.extensions?.code)]]) : read(data);
}

async function rest(url: string, signal: AbortSignal): Promise<Parts> {
  const response = await fetch(url, { signal });
  const body = (await response.json()) as { logits?: unknown; detail?: string };
  return response.ok ? one(JSON.stringify(body.logits)) : refusal(response.status, body.detail);
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Response> {
  return await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal });
}

/** The faces other than GraphQL write a failure's status and its sentence. */
const REFUSALS = new Set([500, 502, 503, 504]);

function refusal(status: number, sentence: string | undefined): Parts {
  if (sentence === undefined || !REFUSALS.has(status) || /defect of isobit/.test(sentence)) {
    throw new BadResponse(`it was refused with ${status} ${sentence}`);
  }
  return new Map([["all", { error: `HTTP ${status}` }]]);
}

/** What the death of a process may cause. Any other code is not an explanation of a failure. */
const CAUSED = ["BACKEND_UNAVAILABLE", "BACKEND_FAILED", "ORIGIN_UNREACHABLE", "OVERLOADED", "TIMEOUT"];

function errorOf(code: unknown): Part {
  if (!isErrorCode(code as string) || !CAUSED.includes(code as string))
    throw new BadResponse(`the error's code is ${code}`);
  return { error: code as string };
}

function one(value: string): Parts {
  return new Map([["all", { value }]]);
}

function partsOfRows(rows: readonly Row[]): Parts {
  const parts = rows.flatMap(({ image, outputs }) =>
    outputs.map(({ source, prediction, error }): [string, Part] => [
      `${image} ${source}`,
      prediction ? { value: prediction.logits.bits } : errorOf(error?.code),
    ]),
  );
  return new Map(parts);
}
