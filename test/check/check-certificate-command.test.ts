import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeModel, encodeModel } from "#core/onnx/protobuf.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { Sketch } from "../certify/graphs/sketch.ts";
import { isobit } from "../support/isobit.ts";

const DIGITS_EXACT = join(import.meta.dirname, "..", "..", "models", "digits-exact.onnx");
const folder = mkdtempSync(join(tmpdir(), "isobit-check-"));
const at = (name: string): string => join(folder, name);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

type Document = { readonly subject: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
const read = (path: string): Document => JSON.parse(readFileSync(path, "utf8")) as Document;
const check = async (model: string, certificate: string, ...more: string[]) =>
  await isobit(["check-certificate", model, certificate, ...more]);

/** A file that is changed before it runs: its Softmax is cut off, and a node that no output needs is left out. */
function softmaxModel(): Uint8Array {
  const sketch = new Sketch();
  const logits = sketch.node("Gemm", ["x", sketch.floats([1, -2, 3, 4], [2, 2]), sketch.floats([0, 0])]);
  sketch.node("Relu", [logits]);
  return writeModel(sketch.model({ name: "x", dims: ["N", 2] }, sketch.node("Softmax", [logits])));
}

beforeAll(async () => {
  put("softmax.onnx", softmaxModel());
  for (const [model, name, warning] of [
    [DIGITS_EXACT, "exact.json", /^$/],
    [at("softmax.onnx"), "softmax.json", /^Warning: isobit serves this model with scale 1\/255, /],
  ] as const) {
    const { code, stdout, stderr } = await isobit(["certify", model, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(warning) });
    put(name, stdout);
  }
  await isobit(["certify", at("softmax.onnx"), "-o", at("executed.onnx")]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a certificate is accepted", () => {
  test.each([
    ["of the shipped model", () => [DIGITS_EXACT, at("exact.json")]],
    ["of a file that is changed before it runs", () => [at("softmax.onnx"), at("softmax.json")]],
  ] as const)("%s", async (_what, files) => {
    const [model, certificate] = files() as [string, string];
    const { code, stdout } = await check(model, certificate);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${certificate} is accepted: its claims, domain and coverage follow from ${model}.\n`,
    });
  });

  test("of the bytes that run, whose origin is not checked then", async () => {
    const { code, stdout } = await check(at("executed.onnx"), at("softmax.json"));
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/The file that they come from, .* were not checked/),
    });
  });

  test("as JSON", async () => {
    const { code, stdout } = await check(DIGITS_EXACT, at("exact.json"), "--json");
    expect({ code, ...(JSON.parse(stdout) as object) }).toEqual({
      code: 0,
      model: DIGITS_EXACT,
      certificate: at("exact.json"),
      accepted: true,
      sourceChecked: true,
    });
  });
});

describe("weights in another file", () => {
  const WEIGHTS = Float32Array.of(1, -2, 3, 4);

  beforeAll(async () => {
    const message = decodeModel(softmaxModel());
    const weight = message.graph!.initializer!.find(({ dims }) => dims!.length === 2)!;
    weight.rawData = new Uint8Array();
    weight.dataLocation = 1;
    weight.externalData = [{ key: "location", value: "weights.bin" }];
    put("external.onnx", encodeModel(message));
    put("weights.bin", new Uint8Array(WEIGHTS.buffer));
    put("external.json", (await isobit(["certify", at("external.onnx"), "--json"])).stdout);
  });

  test("belong to what is certified", async () => {
    expect(await check(at("external.onnx"), at("external.json"))).toMatchObject({ code: 0 });
  });

  test("are not those of the certificate when one is changed", async () => {
    put("weights.bin", new Uint8Array(WEIGHTS.with(3, 5).buffer));
    const { code, stdout } = await check(at("external.onnx"), at("external.json"));
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("The certificate states external"),
    });
  });
});

describe("a certificate is rejected", () => {
  const rejected = async (model: string, certificate: string): Promise<string> => {
    const { code, stdout } = await check(model, certificate, "--json");
    const { accepted, where, reason } = JSON.parse(stdout) as { accepted: boolean; where: string; reason: string };
    expect({ code, accepted }).toEqual({ code: 1, accepted: false });
    return `${where}: ${reason}`;
  };

  test("of another file", async () => {
    expect(await rejected(at("softmax.onnx"), at("exact.json"))).toMatch(/^subject: The certificate is about the file/);
  });

  test("of a file whose weight was changed", async () => {
    const model = readModel(readFileSync(DIGITS_EXACT));
    const [name, weight] = [...model.graph.initializers].find(([, { type }]) => type === "float32")!;
    if (weight.type !== "float32") throw new Error("the weight is not float32");
    const other = { ...weight, data: weight.data.with(0, weight.data[0]! + 1) };
    const initializers = new Map(model.graph.initializers).set(name, other);
    const file = put("other.onnx", writeModel({ ...model, graph: { ...model.graph, initializers } }));
    expect(await rejected(file, at("exact.json"))).toMatch(/^subject: /);
  });

  test.each([
    ["executedSha256", "0".repeat(64)],
    ["sha256", "0".repeat(64)],
    ["external", [{ location: "weights.bin", sha256: "0".repeat(64) }]],
    ["adaptations", []],
    ["irVersion", 3],
  ])("whose subject says another %s", async (key, value) => {
    const document = read(at("softmax.json"));
    const file = put("altered.json", JSON.stringify({ ...document, subject: { ...document.subject, [key]: value } }));
    expect(await rejected(at("softmax.onnx"), file)).toMatch(key === "irVersion" ? /IR version/ : /^subject: /);
  });

  test("which says more than follows, in a sentence for people", async () => {
    const file = put("altered.json", JSON.stringify({ ...read(at("exact.json")), tf32Safe: false }));
    const { code, stdout } = await check(DIGITS_EXACT, file);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: `${file} is REJECTED at tf32Safe: It is false, but true follows.\n`,
    });
  });

  test("a text that is not a certificate", async () => {
    expect(await rejected(DIGITS_EXACT, put("none.json", "{}"))).toMatch(/It is not a certificate\./);
  });
});

/** One reader takes the first answer, another the last. */
function twice(): string {
  return readFileSync(at("exact.json"), "utf8").replace('"tf32Safe": true', '"tf32Safe": false, "tf32Safe": true');
}

describe("unreadable files end with 2, bad usage with 64", () => {
  test.each([
    ["a certificate that is not JSON", () => [DIGITS_EXACT, DIGITS_EXACT], 2, /cannot be read as JSON/],
    ["a certificate with a key twice", () => [DIGITS_EXACT, put("twice.json", twice())], 2, /has a duplicate key/],
    ["a missing certificate", () => [DIGITS_EXACT, at("missing.json")], 64, /is missing/],
    ["a missing model", () => [at("missing.onnx"), at("exact.json")], 64, /is missing/],
    ["no certificate", () => [DIGITS_EXACT], 64, /missing required argument/],
  ] as const)("%s", async (_what, files, exitCode, sentence) => {
    const { code, stderr } = await isobit(["check-certificate", ...files()]);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(exitCode);
  });
});
