import { beforeAll, describe, expect, it } from "vitest";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/*
 * Tensors between the sides cross as the request's body, and what crosses is answered as if it had come as base64.
 */

const QUERY = `query ($backend: Backend!, $modelSha256: String!, $tensors: Bytes!) {
  held { infer(backend: $backend, modelSha256: $modelSha256, tensors: $tensors) { logits failures { index code } } }
}`;
const ELEMENTS = 784;

let stack: SharedStack;
let models: readonly { readonly id: string; readonly sha256: string }[];

beforeAll(async () => {
  stack = await sharedStack();
  ({ models } = (await postJson(stack.edgeUrl, "{ models { id sha256 } }", {})).data);
});

// The shape is each test's own.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = { readonly data: any; readonly errors?: readonly { readonly extensions: { readonly code: string } }[] };

async function postJson(url: string, query: string, variables: object): Promise<Answer> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${stack.token}` };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

async function postRaw(
  url: string,
  search: Readonly<Record<string, string>>,
  body: Uint8Array<ArrayBuffer>,
  token: string | null = stack.token,
): Promise<Response> {
  return await fetch(`${url}/graphql?${new URLSearchParams(search)}`, {
    method: "POST",
    headers: {
      "content-type": "application/octet-stream",
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  });
}

/** Tensors of 256 levels, and one with what no image holds: a NaN with a payload, -0 and an infinity. */
function tensors(rows: number, scale: number): Uint8Array<ArrayBuffer> {
  const floats = Float32Array.from({ length: rows * ELEMENTS }, (_, at) => ((at * 37) % 256) * scale);
  new Uint32Array(floats.buffer).set([0x7fc0_1234, 0x8000_0000, 0x7f80_0000], (rows - 1) * ELEMENTS);
  return new Uint8Array(floats.buffer);
}

describe.each(["EDGE", "ORIGIN"])("a body of raw bytes to the %s", (side) => {
  const [backend, urlOf] =
    side === "EDGE" ? ["WASM", (): string => stack.edgeUrl] : ["CPU", (): string => stack.originUrl];

  it.each([
    ["digits-exact", 1],
    ["digits", 1 / 255],
  ])("gives the same bits of %s as base64 does", async (id, scale) => {
    const modelSha256 = models.find((model) => model.id === id)!.sha256;
    const bytes = tensors(7, scale);
    const variables = { backend, modelSha256 };
    const raw = await postRaw(urlOf(), { query: QUERY, variables: JSON.stringify(variables), body: "tensors" }, bytes);
    const asBase64 = await postJson(urlOf(), QUERY, { ...variables, tensors: Buffer.from(bytes).toString("base64") });
    expect(asBase64.data.held.infer.failures).toEqual([]);
    expect(Buffer.from(asBase64.data.held.infer.logits, "base64")).toHaveLength(7 * 10 * 4);
    expect(await raw.json()).toEqual(asBase64);
  });

  it("is for the other side only", async () => {
    const [model] = models;
    const search = {
      query: QUERY,
      variables: JSON.stringify({ backend, modelSha256: model!.sha256 }),
      body: "tensors",
    };
    const answer = (await (await postRaw(urlOf(), search, tensors(1, 1), null)).json()) as Answer;
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(["UNAUTHENTICATED"]);
  });

  it.each<[string, Record<string, string>]>([
    ["without the name of its variable", { query: QUERY, variables: "{}" }],
    ["with variables that are not JSON", { query: QUERY, variables: "{", body: "tensors" }],
    ["with variables that are a list", { query: QUERY, variables: "[]", body: "tensors" }],
    ["without a query", { variables: "{}", body: "tensors" }],
    ["for a variable that the query lacks", { query: "{ held { statuses { backend } } }", body: "__proto__" }],
  ])("%s is refused", async (_what, search) => {
    const answer = (await (await postRaw(urlOf(), search, tensors(1, 1))).json()) as Answer;
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_INPUT"]);
  });

  it("of half a tensor is refused", async () => {
    const [model] = models;
    const search = {
      query: QUERY,
      variables: JSON.stringify({ backend, modelSha256: model!.sha256 }),
      body: "tensors",
    };
    const answer = (await (await postRaw(urlOf(), search, tensors(1, 1).slice(4))).json()) as Answer;
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_INPUT"]);
  });
});

it("two thousand inputs cross in several bodies, and each has its own answer in its own place", async () => {
  const pixels = (seed: number): string =>
    Buffer.from(Uint8Array.from({ length: ELEMENTS }, (_, at) => (at * 31 + seed * 7) % 256)).toString("base64");
  const query = `query ($inputs: [ImageInput!], $backends: [Backend!]) {
    parity(inputs: $inputs, backends: $backends) { verdict pairs { compared identical }
      rows { outputs { prediction { logits { bits } } } } }
  }`;
  const ask = (count: number, first = 0): Promise<Answer> =>
    postJson(stack.originUrl, query, {
      inputs: Array.from({ length: count }, (_, at) => ({ pixels: pixels(first + at) })),
      backends: ["WASM", "CPU"],
    });
  const { data } = await ask(2_000);
  expect(data.parity).toMatchObject({ verdict: "IDENTICAL", pairs: [{ compared: 2_000, identical: 2_000 }] });
  const alone = await ask(1, 1_999);
  expect(data.parity.rows.at(-1)).toEqual(alone.data.parity.rows[0]);
}, 60_000);

describe.each(["edge", "origin"] as const)("a raw body is for a variable of type Bytes alone, at the %s", (side) => {
  const ask = (search: Readonly<Record<string, string>>, bytes: number) =>
    postRaw(side === "edge" ? stack.edgeUrl : stack.originUrl, search, new Uint8Array(bytes), null);

  it("and is refused at once for any other, however large", async () => {
    const query = "query ($b: ID!) { rawLogits(backend: WASM, input: { image: $b }) { bits } }";
    const response = await ask({ query, body: "b" }, 15_000_000);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(errors).toMatchObject([{ extensions: { code: "BAD_INPUT" } }]);
    expect(errors[0]?.message).toContain("declare it as $b: Bytes!");
  });

  it.each([
    [{ body: "b" }, "needs `query=`"],
    [{ query: "query ($c: Bytes!) { images(x: $c) { id } }", body: "b" }, "declare it as $b: Bytes!"],
    [{ query: "query ($b: Bytes!) { images { id } }", body: "b", variables: '{"b":1}' }, "a variable too"],
    [{ query: "query ($b: Bytes!", body: "b" }, "Syntax Error"],
  ])("%j is answered with what to send", async (search: Readonly<Record<string, string>>, words) => {
    expect(await (await ask(search, 4)).text()).toContain(words);
  });
});
