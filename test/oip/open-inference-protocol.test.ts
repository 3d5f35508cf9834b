import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_IDS } from "#core/backends.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { digitTensors } from "./digit-tensors.ts";

/* The protocol's bytes, route by route, on the real origin; test/oip/triton-client.test.ts has a real client's view. */

let origin: RunningOrigin;
let tensors: Uint8Array[];
beforeAll(async () => {
  origin = await startOrigin({ env: { ...NO_VULKAN } });
  tensors = await digitTensors("digits");
});
afterAll(() => origin?.stop());

const JSON_TYPE = { "content-type": "application/json" };
const INFER = "/v2/models/digits/infer";
const floats = (bytes: Uint8Array): number[] => [...new Float32Array(new Uint8Array(bytes).buffer)];

async function post(body: string | Uint8Array, headers: Record<string, string> = {}, path = INFER): Promise<Response> {
  return fetch(`${origin.url}${path}`, {
    method: "POST",
    body: body as BodyInit,
    headers: { ...JSON_TYPE, ...headers },
  });
}

/** An inference request in JSON for the digit 7, with a test's changes. */
function asked(changes: Record<string, unknown> = {}, input: Record<string, unknown> = {}): string {
  const seven = { name: "input", datatype: "FP32", shape: [1, 1, 28, 28], data: floats(tensors[7]!), ...input };
  return JSON.stringify({ inputs: [seven], ...changes });
}

/** The same with its tensors behind the JSON. */
function askedInBinary(
  rows: readonly Uint8Array[],
  { header = {}, size, length }: { header?: object; size?: unknown; length?: string } = {},
): [Uint8Array, Record<string, string>] {
  const data = Buffer.concat(rows);
  const parameters = { binary_data_size: size ?? data.length };
  const input = { name: "input", datatype: "FP32", shape: [rows.length, 1, 28, 28], parameters };
  const json = Buffer.from(JSON.stringify({ inputs: [input], ...header }));
  return [Buffer.concat([json, data]), { "inference-header-content-length": length ?? String(json.length) }];
}

async function refusal(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toContain("application/json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(Object.keys(body)).toEqual(["error"]);
  return `${response.status} ${String(body["error"])}`;
}

/** CPU's logits for each digit, by GraphQL. */
async function logitsByGraphql(model: string): Promise<Buffer[]> {
  const query = `{ parity(model: "${model}", backends: [CPU]) { rows { outputs { prediction { logits { bits } } } } } }`;
  interface Parity {
    readonly parity: {
      readonly rows: readonly {
        readonly outputs: readonly { readonly prediction: { readonly logits: { readonly bits: string } } }[];
      }[];
    };
  }
  const { data } = await origin.graphql<Parity>(query);
  return data.parity.rows.map(({ outputs }) => Buffer.from(outputs[0]!.prediction.logits.bits, "base64"));
}

describe("metadata and health", () => {
  it.each([
    ["/v2", { name: "isobit", version: expect.any(String), extensions: ["binary_tensor_data"] }],
    ["/v2/", { name: "isobit", version: expect.any(String), extensions: ["binary_tensor_data"] }],
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/digits-exact/ready", { name: "digits-exact", ready: true }],
    ["/v2/models/digits-exact/versions/1/ready", { name: "digits-exact", ready: true }],
    ["/v2/models/digits%2Dexact/ready", { name: "digits-exact", ready: true }],
    [
      "/v2/models/digits/versions/1",
      {
        name: "digits",
        versions: ["1"],
        platform: "onnx_onnxruntime",
        inputs: [{ name: "input", datatype: "FP32", shape: [-1, 1, 28, 28] }],
        outputs: [{ name: "logits", datatype: "FP32", shape: [-1, 10] }],
        parameters: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ],
  ])("%s", async (path, body) => {
    const response = await fetch(`${origin.url}${path}`);
    expect([response.status, await response.json()]).toEqual([200, body]);
  });

  it.each(["/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/digits", "/v2/models/digits/ready"])(
    "HEAD of %s is its GET without the body",
    async (path) => {
      const response = await fetch(`${origin.url}${path}`, { method: "HEAD" });
      const whole = await fetch(`${origin.url}${path}`);
      expect([response.status, await response.text()]).toEqual([200, ""]);
      expect(response.headers.get("content-type")).toBe(whole.headers.get("content-type"));
    },
  );

  it("a refusal lists the allowed methods", async () => {
    const allowed = async (path: string, method: string): Promise<[number, string | null]> => {
      const { status, headers } = await fetch(`${origin.url}${path}`, { method });
      return [status, headers.get("allow")];
    };
    expect(await allowed("/v2/models/digits", "POST")).toEqual([405, "GET, HEAD"]);
    expect(await allowed("/v2/models/digits/infer", "HEAD")).toEqual([405, "POST"]);
  });

  it.each([
    ["GET", "/v2/nothing", /^404 Nothing is served at \/v2\/nothing/],
    ["GET", "/v2/models/x", /^404 No model is called "x"\. Served here: digits-exact, digits\./],
    ["GET", "/v2/models/digits/versions/7", /^404 digits has no version "7"/],
    ["GET", "/v2/models/%E0%A4%A/ready", /^400 "%E0%A4%A" in the path is not valid/],
    ["GET", "/v2/models/digits/infer", /^405 This path does not support GET; use POST/],
    ["POST", "/v2/models/digits", /^405 This path does not support POST; use GET or HEAD/],
    ["DELETE", "/v2/health/live", /^405 /],
  ])("%s %s is refused in the protocol's form", async (method, path, message) => {
    expect(await refusal(await fetch(`${origin.url}${path}`, { method }))).toMatch(message);
  });
});

describe("inference", () => {
  it("in JSON gives the shortest texts of the float32 that GraphQL gives as bits", async () => {
    const [, , , , , , , expected] = await logitsByGraphql("digits");
    const response = await post(asked({ id: 'a "quoted" id' }));
    expect(response.headers.get("content-type")).toBe("application/json");
    const text = await response.text();
    const body = JSON.parse(text);
    expect(body).toMatchObject({
      model_name: "digits",
      model_version: "1",
      id: 'a "quoted" id',
      parameters: { backend: "CPU", execution_provider: "CPUExecutionProvider" },
      outputs: [{ name: "logits", datatype: "FP32", shape: [1, 10] }],
    });
    expect(Buffer.from(Float32Array.from(body.outputs[0].data).buffer)).toEqual(expected);
    for (const numeral of /"data":\[(.*?)\]/.exec(text)?.[1]?.split(",") ?? []) {
      expect(numeral.replace(/^-?0?\.?0*/, "").replace(".", "").length).toBeLessThanOrEqual(9);
    }
  });

  it.each<[string, object, object, boolean]>([
    ["nothing is asked for", {}, {}, false],
    ["binary_data_output", { parameters: { binary_data_output: true } }, {}, true],
    ["binary_data of the output", { outputs: [{ name: "logits", parameters: { binary_data: true } }] }, {}, true],
    [
      "binary_data overrides binary_data_output",
      { parameters: { binary_data_output: true }, outputs: [{ name: "logits", parameters: { binary_data: false } }] },
      {},
      false,
    ],
    ["an empty list of outputs means all", { outputs: [] }, {}, false],
    ["an unknown parameter is ignored", { parameters: { priority: 3 } }, { parameters: { own: "x" } }, false],
  ])("%s", async (_what, changes, input, binary) => {
    const [, , , , , , , expected] = await logitsByGraphql("digits");
    const response = await post(asked({ ...changes }, { ...input }));
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    const length = response.headers.get("inference-header-content-length");
    expect(length !== null).toBe(binary);
    expect(response.headers.get("content-type")).toBe(binary ? "application/octet-stream" : "application/json");
    const [output] = JSON.parse(bytes.subarray(0, Number(length ?? bytes.length)).toString()).outputs;
    if (binary) {
      expect(output).toEqual({
        name: "logits",
        datatype: "FP32",
        shape: [1, 10],
        parameters: { binary_data_size: 40 },
      });
      expect(bytes.subarray(Number(length))).toEqual(expected);
    } else {
      expect(Buffer.from(Float32Array.from(output.data).buffer)).toEqual(expected);
    }
  });

  it("takes nested data, binary data and batches alike", async () => {
    const all = Buffer.concat(await logitsByGraphql("digits"));
    const nested = tensors.map((bytes) => [
      Array.from({ length: 28 }, (_, row) => floats(bytes).slice(row * 28, row * 28 + 28)),
    ]);
    const inJson = await post(asked({}, { shape: [10, 1, 28, 28], data: nested }));
    const answer = (await inJson.json()) as { outputs: { shape: number[]; data: number[] }[] };
    expect(answer.outputs[0]?.shape).toEqual([10, 10]);
    expect(Buffer.from(Float32Array.from(answer.outputs[0]?.data ?? []).buffer)).toEqual(all);
    const inBinary = await post(...askedInBinary(tensors, { header: { parameters: { binary_data_output: true } } }));
    const bytes = Buffer.from(await inBinary.arrayBuffer());
    expect(bytes.subarray(Number(inBinary.headers.get("inference-header-content-length")))).toEqual(all);
  });

  it("runs the exact model in a shared batch with the bits of single runs", async () => {
    const exact = await digitTensors("digits-exact");
    const expected = await logitsByGraphql("digits-exact");
    const [body, headers] = askedInBinary(exact, { header: { parameters: { binary_data_output: true } } });
    const response = await post(body, headers, "/v2/models/digits-exact/infer");
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(-400)).toEqual(Buffer.concat(expected));
  });

  it("carries NaN and infinities in binary, and says so where JSON was asked for", async () => {
    const nan = new Uint8Array(new Float32Array(784).fill(NaN).buffer);
    const inBinary = await post(...askedInBinary([nan], { header: { parameters: { binary_data_output: true } } }));
    const bytes = Buffer.from(await inBinary.arrayBuffer());
    expect(floats(bytes.subarray(-40)).every(Number.isNaN)).toBe(true);
    expect(await refusal(await post(...askedInBinary([nan])))).toMatch(/^400 .*NaN or infinity.*binary_data_output/);
  });

  it.each(BACKEND_IDS)("runs on the backend that is asked for, or says why not: %s", async (backend) => {
    const response = await post(asked({ parameters: { backend } }));
    if (response.status === 200) {
      expect(await response.json()).toMatchObject({ parameters: { backend } });
    } else {
      expect(backend).not.toBe("CPU");
      expect(await refusal(response)).toMatch(/^(503|401) /);
    }
  });
});

describe("an inference request that is wrong", () => {
  it.each<[string, () => string, RegExp]>([
    ["is not JSON", () => "{", /^400 The request is not JSON/],
    ["is empty", () => "", /^400 The request is not JSON/],
    ["is a list", () => "[]", /^400 The request's JSON does not match the protocol/],
    ["has no inputs", () => "{}", /^400 The request's inputs does not match/],
    ["has an empty list of inputs", () => asked({ inputs: [] }), /^400 The request has 0 inputs/],
    ["names another input", () => asked({}, { name: "x" }), /^400 digits has no input "x"; its input is input/],
    ["sends another type", () => asked({}, { datatype: "FP16" }), /^400 The input input is FP32; it was sent as FP16/],
    ["sends no shape", () => asked({}, { shape: undefined }), /^400 The request's inputs\.0\.shape/],
    ["sends a negative size", () => asked({}, { shape: [-1, 1, 28, 28] }), /^400 The request's inputs\.0\.shape\.0/],
    ["sends another shape", () => asked({}, { shape: [1, 784] }), /^400 .*\[-1, 1, 28, 28\], not \[1, 784\]/],
    ["sends no rows", () => asked({}, { shape: [0, 1, 28, 28], data: [] }), /^400 The batch is empty/],
    ["sends too many rows", () => asked({}, { shape: [10_001, 1, 28, 28] }), /^413 .*10001 rows; the limit is 10000/],
    ["sends too few numbers", () => asked({}, { data: [1, 2] }), /^400 .*2 numbers; its shape needs 784/],
    ["sends too many", () => asked({}, { data: Array(785).fill(0) }), /^400 .*785 numbers/],
    ["sends text among them", () => asked({}, { data: [["1"]] }), /^400 .*has "1" at element 0/],
    ["sends null among them", () => asked({}, { data: [0, null] }), /^400 .*has null at element 1/],
    [
      "sends what no float32 holds",
      () => asked({}, { data: [1e39] }),
      /^400 .*1e\+39 at element 0, which float32 cannot represent/,
    ],
    ["sends no data", () => asked({}, { data: undefined }), /^400 .*neither data nor binary_data_size/],
    [
      "announces binary data that is not there",
      () => asked({}, { parameters: { binary_data_size: 3136 } }),
      /^400 .*Inference-Header-Content-Length/,
    ],
    [
      "asks for another output",
      () => asked({ outputs: [{ name: "y" }] }),
      /^400 digits has no output "y"; its output is logits/,
    ],
    ["asks for an output twice", () => asked({ outputs: [{ name: "logits" }, { name: "logits" }] }), /^400 .*twice/],
    [
      "asks for classes",
      () => asked({ outputs: [{ name: "logits", parameters: { classification: 3 } }] }),
      /^400 .*classification/,
    ],
    [
      "names another backend",
      () => asked({ parameters: { backend: "TPU" } }),
      /^400 parameters\.backend is "TPU"; it must be one of WASM/,
    ],
    [
      "asks for binary data by a word",
      () => asked({ parameters: { binary_data_output: "yes" } }),
      /^400 binary_data_output is "yes"/,
    ],
    ["has an id that is not text", () => asked({ id: 7 }), /^400 The request's id/],
  ])("%s", async (_what, body, message) => {
    expect(await refusal(await post(body()))).toMatch(message);
  });

  it.each<[string, () => [Uint8Array, Record<string, string>], RegExp]>([
    [
      "announces fewer bytes than its shape",
      () => askedInBinary([tensors[7]!], { size: 4 }),
      /^400 .*binary_data_size 4; its shape needs 3136/,
    ],
    [
      "announces bytes in words",
      () => askedInBinary([tensors[7]!], { size: "3136" }),
      /^400 .*binary_data_size "3136"/,
    ],
    [
      "sends fewer bytes than it announces",
      () => askedInBinary([tensors[7]!.subarray(4)], { size: 3136 }),
      /^400 .*declares 3136 bytes, but 3132 follow/,
    ],
    [
      "says that its JSON is longer than its body",
      () => askedInBinary([tensors[7]!], { length: "99999" }),
      /^400 Inference-Header-Content-Length is "99999"/,
    ],
    [
      "gives that length in words",
      () => askedInBinary([tensors[7]!], { length: "all" }),
      /^400 Inference-Header-Content-Length is "all"/,
    ],
    ["cuts its JSON short", () => askedInBinary([tensors[7]!], { length: "10" }), /^400 The request is not JSON/],
  ])("%s", async (_what, body, message) => {
    expect(await refusal(await post(...body()))).toMatch(message);
  });

  it("leaves bytes that nothing claims", async () => {
    const json = asked();
    const body = Buffer.concat([Buffer.from(json), Buffer.from("left over")]);
    const headers = { "inference-header-content-length": String(Buffer.byteLength(json)) };
    expect(await refusal(await post(body, headers))).toMatch(/^400 9 bytes follow the JSON/);
  });

  it("is over the limit of a body", async () => {
    expect(await refusal(await post(new Uint8Array(21 * 1024 * 1024)))).toMatch(
      /^413 The request's body is over 20 MiB/,
    );
  });

  it("never breaks the origin, with any bytes", async () => {
    const header = fc.option(fc.oneof(fc.nat(200).map(String), fc.string({ unit: "grapheme-ascii" })), {
      nil: undefined,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        header,
        async (body, length) => {
          const headers = length === undefined ? {} : { "inference-header-content-length": length };
          expect((await post(body, headers as Record<string, string>)).status).toBe(400);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("which callers are allowed", () => {
  let closed: RunningOrigin;
  beforeAll(async () => {
    closed = await startOrigin({ env: { ...NO_VULKAN, ORIGIN_TOKEN: "correct-horse", ORIGIN_PUBLIC: "0" } });
  });
  afterAll(() => closed?.stop());
  const get = (path: string, token?: string) =>
    fetch(`${closed.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

  it("every caller may ask whether it is live and ready, as with /health", async () => {
    expect((await get("/v2/health/live")).status).toBe(200);
    expect((await get("/v2/health/ready")).status).toBe(200);
  });

  it("a caller without the token may ask for nothing else, and one with a wrong token for nothing", async () => {
    for (const path of ["/v2", "/v2/models/digits", "/v2/models/digits/ready", "/v2/models/absent"]) {
      expect(await refusal(await get(path))).toMatch(/^401 /);
      expect(await refusal(await get(path, "wrong"))).toMatch(/^401 /);
    }
    expect(
      await refusal(await fetch(`${closed.url}${INFER}`, { method: "POST", body: asked(), headers: JSON_TYPE })),
    ).toMatch(/^401 /);
  });

  it("the right token may ask for everything", async () => {
    expect((await get("/v2/models/digits", "correct-horse")).status).toBe(200);
    const headers = { ...JSON_TYPE, authorization: "Bearer correct-horse" };
    expect((await fetch(`${closed.url}${INFER}`, { method: "POST", body: asked(), headers })).status).toBe(200);
  });
});
