import { readFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { ask, base64, postBody } from "../support/graphql.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* Everything a caller can get wrong, on both sides: a typed error that says what to do, and nothing else disturbed. */

let stack: SharedStack;
const seven = await readFile(new URL("../../images/7.png", import.meta.url));

beforeAll(async () => {
  stack = await sharedStack();
});

const PREDICT = 'query ($input: ImageInput!) { predict(input: $input, model: "digits") { label } }';
const predict = (url: string, input: unknown) => ask(url, PREDICT, { input });

/** A PNG whose header promises another size than its data holds. */
function withSize(png: Buffer, side: number): Buffer {
  const copy = Buffer.from(png);
  copy.writeUInt32BE(side, 16);
  copy.writeUInt32BE(side, 20);
  return copy;
}

const LONG = "x".repeat(3_000_000);
const MANY_KEYS = Object.fromEntries(Array.from({ length: 20_000 }, (_, place) => [`key${place}`, place]));

describe.each(["edge", "origin"] as const)("the %s", (side) => {
  const url = (): string => (side === "edge" ? stack.edgeUrl : stack.originUrl);

  it.each<[string, string, string, RegExp]>([
    ["an unknown image", '{ predict(input: { image: "77" }) { label } }', "IMAGE_NOT_FOUND", /No image is called "77"/],
    ["a path as an image", '{ predict(input: { image: "../7" }) { label } }', "IMAGE_NOT_FOUND", /No image/],
    ["an unknown model", '{ predict(input: { image: "7" }, model: "x") { label } }', "MODEL_NOT_FOUND", /Served here/],
    ["an unknown backend", '{ predict(input: { image: "7" }, backend: TPU) { label } }', "BAD_INPUT", /TPU/],
    ["an input without a field", "{ predict(input: {}) { label } }", "BAD_INPUT", /exactly one field/],
    [
      "an input with two fields",
      '{ predict(input: { image: "7", pixels: "AA==" }) { label } }',
      "BAD_INPUT",
      /exactly one/,
    ],
    [
      "an inverted input with two fields",
      '{ predict(input: { inverted: { image: "7", pixels: "AA==" } }) { label } }',
      "BAD_INPUT",
      /exactly one/,
    ],
    [
      "an inverted tensor, which has no grey levels",
      '{ predict(input: { inverted: { tensor: "AA==" } }) { label } }',
      "BAD_INPUT",
      /"InvertedImage" not to include unknown field "tensor"/,
    ],
    [
      "an unknown image, inverted",
      '{ predict(input: { inverted: { image: "77" } }) { label } }',
      "IMAGE_NOT_FOUND",
      /77/,
    ],
    [
      "base64 that is not, in the query",
      '{ predict(input: { pixels: "@@" }) { label } }',
      "BAD_INPUT",
      /not valid base64/,
    ],
    [
      "a GPU that is not there",
      '{ predict(input: { image: "7" }, backend: CUDA) { label } }',
      "BACKEND_UNAVAILABLE",
      /GPU/,
    ],
    ["a negative tolerance", "{ parity(tolerance: { abs: -1 }) { verdict } }", "BAD_INPUT", /tolerance\.abs is -1/],
    ["no backends at all", "{ parity(backends: []) { verdict } }", "BAD_INPUT", /`backends` is empty/],
    ["no inputs at all", "{ parity(images: []) { verdict } }", "BAD_INPUT", /nothing to run/],
    [
      "a query nested 100 deep",
      `{ ${"models { ".repeat(100)} id ${"} ".repeat(101)}`,
      "BAD_INPUT",
      /nested too deeply/,
    ],
    [
      "1,000 aliases",
      `{ ${Array.from({ length: 1000 }, (_, n) => `a${n}: health { ok }`).join(" ")} }`,
      "BAD_INPUT",
      /too many aliases/,
    ],
    ["a query of 100,000 tokens", `{ health { ${"ok ".repeat(100_000)} } }`, "BAD_INPUT", /50000 tokens/],
    ["an unknown field", "{ nope }", "BAD_INPUT", /Cannot query field/],
    ["broken syntax", "{ health {", "BAD_INPUT", /Syntax Error/],
  ])("refuses %s", async (_what, query, code, message) => {
    const { body } = await ask(url(), query);
    expect(body.errors?.[0]?.extensions.code).toBe(code);
    expect(body.errors?.[0]?.message).toMatch(message);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ["two fields in a variable", () => ({ image: "7", pixels: "AA==" }), "BAD_INPUT", /exactly one field/],
    ["base64 that is not, in a variable", () => ({ pixels: "AA=" }), "BAD_INPUT", /not valid base64/],
    ["783 pixels", () => ({ pixels: base64(new Uint8Array(783)) }), "BAD_INPUT", /783 bytes.*784/],
    ["a tensor cut short", () => ({ tensor: base64(new Uint8Array(783 * 4)) }), "BAD_INPUT", /3132/],
    ["an empty file", () => ({ file: "" }), "BAD_INPUT", /empty/],
    ["a PNG cut short", () => ({ file: base64(seven.subarray(0, 100)) }), "UNSUPPORTED_IMAGE", /cut short/],
    [
      "a 30,000 x 30,000 PNG header",
      () => ({ file: base64(withSize(seven, 30_000)) }),
      "INPUT_TOO_LARGE",
      /30000 x 30000/,
    ],
    ["a text file named PNG", () => ({ file: base64(Buffer.from("7.png")) }), "UNSUPPORTED_IMAGE", /not an image/],
  ])("refuses %s", async (_what, input, code, message) => {
    const { body } = await predict(url(), input());
    expect(body.errors?.[0]?.extensions.code).toBe(code);
    expect(body.errors?.[0]?.message).toMatch(message);
  });

  it("refuses 10,001 images in one query", async () => {
    const { body } = await ask(url(), "query ($i: [ID!]) { parity(images: $i) { verdict } }", {
      i: Array.from({ length: 10_001 }, () => "1"),
    });
    expect(body.errors?.[0]?.extensions.code).toBe("INPUT_TOO_LARGE");
  });

  it("refuses a 50 MB body with 413", async () => {
    const { status, body } = await ask(url(), "{ health { ok } }", { x: "a".repeat(50_000_000) });
    expect(status).toBe(413);
    expect(body.errors?.[0]?.extensions.code).toBe("INPUT_TOO_LARGE");
  });

  it("refuses a body of 40 MB whose length is not said beforehand with 413, not with a broken connection", async () => {
    const paths = side === "edge" ? ["/graphql", "/predict"] : ["/graphql", "/predict", "/v2/models/digits/infer"];
    for (const path of paths) {
      const response = await fetch(`${url()}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: new Blob([Buffer.alloc(40_000_000, "x")]).stream(),
        duplex: "half",
      } as RequestInit);
      expect([path, response.status]).toEqual([path, 413]);
      expect(await response.text()).toContain("The request's body is over 20 MiB.");
    }
  });

  // GraphQL's own refusal prints each of these whole, some fifty times over: that took from seconds to minutes.
  it.each<[string, string, unknown, RegExp]>([
    [
      "a string for an enum",
      'query ($v: Backend!) { predict(input: { image: "7" }, backend: $v) { label } }',
      LONG,
      /it is not a valid Backend/,
    ],
    [
      "a string for a list of enums",
      "query ($v: [Backend!]) { parity(backends: $v) { verdict } }",
      LONG,
      /it is not a valid Backend/,
    ],
    [
      "an object for a number",
      "query ($v: Float) { parity(tolerance: { abs: $v }) { verdict } }",
      MANY_KEYS,
      /it is not a valid Float/,
    ],
    [
      "an object for an id",
      "query ($v: [ID!]) { parity(images: $v) { verdict } }",
      [MANY_KEYS],
      /it is not a valid ID/,
    ],
    [
      "a list for bytes",
      "query ($v: ImageInput!) { predict(input: $v) { label } }",
      { file: Array(100_000).fill(7) },
      /it is not a valid Bytes/,
    ],
    [
      "a string for an input",
      "query ($v: [ImageInput!]) { parity(inputs: $v) { verdict } }",
      LONG,
      /it is not a valid ImageInput/,
    ],
    [
      "fields that an input has not",
      "query ($v: ToleranceInput) { parity(tolerance: $v) { verdict } }",
      MANY_KEYS,
      /ToleranceInput does not have a field "key0"/,
    ],
    [
      "a long field that it has not",
      "query ($v: ToleranceInput) { parity(tolerance: $v) { verdict } }",
      { [LONG]: 1 },
      /does not have a field "x{40}…"/,
    ],
  ])("refuses %s, too long to be shown, without printing it", async (_what, query, v, message) => {
    const { status, body } = await ask(url(), query, { v });
    expect(body.errors).toHaveLength(1);
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_INPUT"]);
    expect(body.errors?.[0]?.message).toMatch(message);
    expect(body.errors?.[0]?.message.length).toBeLessThan(200);
  });

  it.each(['{"query":', "", "null", "[]", '"x"', "<html>"])("refuses the body %j with a 4xx", async (text) => {
    const { status, body } = await postBody(url(), text);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(body.errors?.[0]?.extensions.code).toBe("BAD_INPUT");
  });

  it("refuses a wrong token, even for public requests", async () => {
    const { status, body } = await ask(url(), "{ health { ok } }", {}, { authorization: "Bearer wrong" });
    expect(status).toBe(401);
    expect(body.errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
  });

  it("runs a tensor with NaN and hides nothing of it", async () => {
    const tensor = new Float32Array(784);
    tensor[400] = NaN;
    const { body } = await ask(
      url(),
      `query ($inputs: [ImageInput!]) { parity(inputs: $inputs, backends: [WASM, CPU], model: "digits") {
        verdict
        rows {
          inputSha256
          outputs { source prediction { label classIndex probabilities logits { values bits } } error { code } }
          pairs { maxUlp nonFiniteElements differingElements }
        }
      } }`,
      { inputs: [{ tensor: base64(new Uint8Array(tensor.buffer)) }] },
    );
    const [row] = body.data.parity.rows;
    for (const { source, prediction, error } of row.outputs) {
      expect(error, source).toBeNull();
      expect(prediction).toMatchObject({ label: "NaN", classIndex: -1, probabilities: Array(10).fill(null) });
      expect(prediction.logits.values).toContain(null);
      expect(Buffer.from(prediction.logits.bits, "base64")).toHaveLength(40);
    }
    expect(row.pairs[0].maxUlp).toBeNull();
    expect(row.pairs[0].nonFiniteElements).toBeGreaterThan(0);
  });

  it("keeps a bad input's error in its own row", async () => {
    const { body } = await ask(
      url(),
      `query ($inputs: [ImageInput!]) { parity(images: ["7", "nope"], inputs: $inputs, backends: [WASM, CPU]) {
        verdict total pairs { compared verdict }
        rows { image inputSha256 outputs { prediction { label } error { code } } pairs { verdict labelsMatch } }
      } }`,
      { inputs: [{ pixels: base64(new Uint8Array(3)) }] },
    );
    const { verdict, total, pairs, rows } = body.data.parity;
    expect([verdict, total, pairs[0].compared, pairs[0].verdict]).toEqual(["INCOMPLETE", 3, 1, "INCOMPLETE"]);
    expect(rows[0].outputs.map((output: { prediction: { label: string } }) => output.prediction.label)).toEqual([
      "7",
      "7",
    ]);
    expect(rows[1]).toMatchObject({
      image: "nope",
      inputSha256: null,
      outputs: [{ error: { code: "IMAGE_NOT_FOUND" } }, {}],
    });
    expect(rows[2]).toMatchObject({ image: "input:0", outputs: [{ error: { code: "BAD_INPUT" } }, {}] });
    expect(rows[2].pairs[0]).toEqual({ verdict: "INCOMPLETE", labelsMatch: false });
  });

  it("stops a PNG that inflates far beyond its header", async () => {
    const bomb = await bombPng();
    const { body } = await predict(url(), { file: base64(bomb) });
    expect(body.errors?.[0]?.extensions.code).toBe("UNSUPPORTED_IMAGE");
  });
});

/** 28 x 28 by its header, 200 MB by its data. */
async function bombPng(): Promise<Buffer> {
  const honest = await sharp({ create: { width: 28, height: 28, channels: 3, background: "black" } })
    .png()
    .toBuffer();
  const idat = honest.indexOf("IDAT") - 4;
  const data = deflateSync(Buffer.alloc(200_000_000), { level: 9 });
  return Buffer.concat([honest.subarray(0, idat), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
