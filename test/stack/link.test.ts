import { beforeAll, describe, expect, it } from "vitest";
import { ask, base64 } from "../support/graphql.ts";
import { askLink, postLink } from "../support/link.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* What the sides ask of each other, under /link/: bytes cross as they are, and only callers with the token are answered. */

const ELEMENTS = 784;

let stack: SharedStack;
let models: readonly { readonly id: string; readonly sha256: string }[];

beforeAll(async () => {
  stack = await sharedStack();
  ({ models } = (await ask(stack.edgeUrl, "{ models { id sha256 } }")).body.data);
});

const hashOf = (id: string): string => models.find((model) => model.id === id)!.sha256;

/** Tensors of 256 levels, and one with what no image has: a NaN with a payload, -0 and an infinity. */
function tensors(rows: number, scale: number): Uint8Array<ArrayBuffer> {
  const floats = Float32Array.from({ length: rows * ELEMENTS }, (_, at) => ((at * 37) % 256) * scale);
  new Uint32Array(floats.buffer).set([0x7fc0_1234, 0x8000_0000, 0x7f80_0000], (rows - 1) * ELEMENTS);
  return new Uint8Array(floats.buffer);
}

describe.each(["EDGE", "ORIGIN"] as const)("the %s", (side) => {
  const [backend, other] = side === "EDGE" ? ["WASM", "CPU"] : ["CPU", "WASM"];
  const url = (): string => (side === "EDGE" ? stack.edgeUrl : stack.originUrl);

  it("reports the status of its own backends", async () => {
    const { json } = await askLink(url(), "statuses", {}, { token: stack.token });
    const statuses = json as { backend: string; side: string }[];
    expect(statuses.map((status) => status.backend)).toContain(backend);
    expect(new Set(statuses.map((status) => status.side))).toEqual(new Set([side]));
  });

  it.each([
    ["digits-exact", 1],
    ["digits", 1 / 255],
  ])("gives the bits of %s that /graphql gives", async (id, scale) => {
    const bytes = tensors(7, scale);
    const asked = { backend, modelSha256: hashOf(id) };
    const answer = await askLink(url(), "infer", asked, { bytes: [bytes], token: stack.token });
    const inputs = Array.from({ length: 7 }, (_, row) => ({
      tensor: base64(bytes.subarray(row * ELEMENTS * 4, (row + 1) * ELEMENTS * 4)),
    }));
    const query = `query ($inputs: [ImageInput!], $backend: Backend!) {
      parity(model: "${id}", inputs: $inputs, backends: [$backend], reference: $backend) {
        rows { outputs { prediction { logits { bits } } } }
      }
    }`;
    const { body } = await ask(url(), query, { inputs, backend });
    const rows = body.data.parity.rows as { outputs: { prediction: { logits: { bits: string } } }[] }[];
    const bits = rows.map(({ outputs }) => Buffer.from(outputs[0]!.prediction.logits.bits, "base64"));
    expect((answer.json as { latencyMs: unknown }[]).every((entry) => "latencyMs" in entry)).toBe(true);
    expect(answer.json).toHaveLength(7);
    expect(Buffer.from(answer.bytes[0]!)).toEqual(Buffer.concat(bits));
  });

  it("refuses a caller without the token, or with a wrong one", async () => {
    for (const token of [null, "wrong"]) {
      for (const question of ["statuses", "infer", "evaluate", "fusedNodes", "decode", "nothing"]) {
        expect(await askLink(url(), question, {}, { token })).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
      }
    }
  });

  it.each<[string, string, unknown, number[] | null, string]>([
    ["an unknown question", "nothing", {}, null, "BAD_INPUT"],
    [
      "a backend of the other side",
      "infer",
      { backend: other, modelSha256: "models" },
      [ELEMENTS * 4],
      "BACKEND_UNAVAILABLE",
    ],
    ["an unknown backend", "infer", { backend: "TPU", modelSha256: "models" }, [ELEMENTS * 4], "BAD_INPUT"],
    ["an unknown model", "infer", { backend, modelSha256: "" }, [ELEMENTS * 4], "MODEL_NOT_FOUND"],
    ["half a tensor", "infer", { backend, modelSha256: "models" }, [ELEMENTS * 2], "BAD_INPUT"],
    ["no tensor", "infer", { backend, modelSha256: "models" }, null, "BAD_INPUT"],
    ["a part of no kind", "fusedNodes", { backend, modelSha256: "models", part: { kind: "half" } }, null, "BAD_INPUT"],
    [
      "a part that lacks its node",
      "fusedNodes",
      { backend, modelSha256: "models", part: { kind: "node" } },
      null,
      "BAD_INPUT",
    ],
  ])("refuses %s", async (_what, question, json, sizes, code) => {
    const asked = JSON.parse(JSON.stringify(json).replace('"models"', JSON.stringify(hashOf("digits")))) as unknown;
    const bytes = sizes?.map((size) => new Uint8Array(size)) ?? [];
    expect((await askLink(url(), question, asked, { bytes, token: stack.token })).code).toBe(code);
  });

  it.each([
    ["an empty body", []],
    ["a length alone", [9, 0, 0, 0]],
    ["what is not JSON", [2, 0, 0, 0, 123, 123]],
    ["null", [4, 0, 0, 0, 110, 117, 108, 108]],
    ["sizes that the bytes do not have", [...Uint8Array.of(13, 0, 0, 0), ...Buffer.from('{"sizes":[5]}')]],
    ["bytes that no size counts", [...Uint8Array.of(12, 0, 0, 0), ...Buffer.from('{"sizes":[]}x')]],
  ])("refuses %s as a message", async (_what, body) => {
    expect((await postLink(url(), "statuses", Uint8Array.from(body), stack.token)).code).toBe("BAD_INPUT");
  });

  it("is not part of the public schema", async () => {
    const { body } = await ask(url(), "{ schema: __schema { types { name fields { name } } } }");
    const types: { name: string; fields: { name: string }[] | null }[] = body.data.schema.types;
    const names = types.flatMap(({ name, fields }) => [name, ...(fields ?? []).map((field) => field.name)]);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => name.toLowerCase().startsWith("held"))).toEqual([]);
  });
});

it("two thousand inputs cross in several messages, and each has its own answer in its own place", async () => {
  const pixels = (seed: number): string =>
    base64(Uint8Array.from({ length: ELEMENTS }, (_, at) => (at * 31 + seed * 7) % 256));
  const query = `query ($inputs: [ImageInput!], $backends: [Backend!]) {
    parity(inputs: $inputs, backends: $backends) { verdict pairs { compared identical }
      rows { outputs { prediction { logits { bits } } } } }
  }`;
  const askFor = (count: number, first = 0) =>
    ask(stack.originUrl, query, {
      inputs: Array.from({ length: count }, (_, at) => ({ pixels: pixels(first + at) })),
      backends: ["WASM", "CPU"],
    });
  const { parity } = (await askFor(2_000)).body.data;
  expect(parity).toMatchObject({ verdict: "IDENTICAL", pairs: [{ compared: 2_000, identical: 2_000 }] });
  const alone = await askFor(1, 1_999);
  expect(parity.rows.at(-1)).toEqual(alone.body.data.parity.rows[0]);
}, 60_000);
