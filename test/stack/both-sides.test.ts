import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/graphql.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { startStack, type RunningStack } from "../support/stack.ts";

/* The main job: ten digits on two runtimes through one query, on either side. */

const PARITY = `query ($backends: [Backend!], $model: ID) { parity(backends: $backends, model: $model) {
  verdict
  reference
  rows { image inputSha256 outputs { source prediction { label logits { bits sha256 inputSha256 executionProvider } } error { code message } } }
  pairs { reference other verdict compared identical labelMismatches differingElements maxAbs maxUlp worstImage }
  environment { backend available device reason }
} }`;

interface Output {
  readonly source: string;
  readonly prediction: {
    readonly label: string;
    readonly logits: { readonly bits: string; readonly inputSha256: string };
  };
}
interface Row {
  readonly image: string;
  readonly inputSha256: string;
  readonly outputs: readonly Output[];
}

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({ env: NO_VULKAN });
});
afterAll(() => stack?.stop());

describe("ten digits, WASM in the Worker and CPU on the origin", () => {
  it("gets the same report, bit for bit, from either side", async () => {
    const variables = { backends: ["WASM", "CPU"], model: "digits" };
    const [edge, origin] = await Promise.all([
      ask(stack.edgeUrl, PARITY, variables),
      ask(stack.originUrl, PARITY, variables),
    ]);
    expect(edge.body.errors).toBeUndefined();
    expect(edge.body.data.parity).toEqual(origin.body.data.parity);
  });

  it("reads every digit right on both and shows the float model's small drift", async () => {
    const { body } = await ask(stack.edgeUrl, PARITY, { backends: ["WASM", "CPU"], model: "digits" });
    const { verdict, reference, rows, pairs } = body.data.parity;
    expect([verdict, reference]).toEqual(["DRIFT", "CPU"]);
    for (const { image, inputSha256, outputs } of rows as Row[]) {
      expect(outputs.map(({ source, prediction }) => [source, prediction.label])).toEqual([
        ["WASM", image],
        ["CPU", image],
      ]);
      for (const { prediction } of outputs) {
        expect(Buffer.from(prediction.logits.bits, "base64")).toHaveLength(40);
        expect(prediction.logits.inputSha256).toBe(inputSha256);
      }
    }
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).toMatchObject({
      reference: "CPU",
      other: "WASM",
      verdict: "DRIFT",
      compared: 10,
      labelMismatches: 0,
    });
    expect(pairs[0].differingElements).toBeGreaterThan(0);
    expect(pairs[0].maxAbs).toBeGreaterThan(0);
    expect(pairs[0].maxAbs).toBeLessThan(1e-4);
  });

  it("counts the differing elements that the bits show", async () => {
    const { body } = await ask(stack.originUrl, PARITY, { backends: ["WASM", "CPU"], model: "digits" });
    const words = (output: Output | undefined): Uint32Array =>
      new Uint32Array(new Uint8Array(Buffer.from(output?.prediction.logits.bits ?? "", "base64")).buffer);
    let differing = 0;
    for (const { outputs } of body.data.parity.rows as Row[]) {
      const [a, b] = [words(outputs[0]), words(outputs[1])];
      differing += a.filter((word, at) => word !== b[at]).length;
    }
    expect(body.data.parity.pairs[0].differingElements).toBe(differing);
  });
});

describe("as many images as one query may hold", () => {
  it.each(["edge", "origin"] as const)("are compared in one call, asked of the %s", async (side) => {
    const url = side === "edge" ? stack.edgeUrl : stack.originUrl;
    const images = Array.from({ length: 10_000 }, (_, index) => String(index % 10));
    const query = `query ($images: [ID!]) { parity(images: $images, backends: [WASM, CPU], model: "digits-exact") {
      verdict total pairs { compared identical }
    } }`;
    const { body } = await ask(url, query, { images });
    expect(body.errors).toBeUndefined();
    expect(body.data.parity).toEqual({
      verdict: "IDENTICAL",
      total: 10_000,
      pairs: [{ compared: 10_000, identical: 10_000 }],
    });
  });
});

describe("a backend that this machine lacks", () => {
  it("makes the comparison INCOMPLETE and leaves the others standing", async () => {
    const { body } = await ask(stack.edgeUrl, PARITY, { backends: ["WASM", "CPU", "CUDA"], model: "digits" });
    const { verdict, rows, pairs, environment } = body.data.parity;
    const cuda = environment.find((status: { backend: string }) => status.backend === "CUDA");
    if (cuda.available) return expect(verdict).not.toBe("INCOMPLETE");
    expect(verdict).toBe("INCOMPLETE");
    expect(rows[0].outputs[2]).toMatchObject({
      source: "CUDA",
      prediction: null,
      error: { code: "BACKEND_UNAVAILABLE" },
    });
    expect(rows[0].outputs[0].prediction.label).toBe("0");
    expect(pairs.map((pair: { other: string; verdict: string }) => [pair.other, pair.verdict])).toEqual([
      ["WASM", "DRIFT"],
      ["CUDA", "INCOMPLETE"],
    ]);
    expect(cuda.reason).toMatch(/setup:cuda|driver/);
  });
});

describe("the origin goes and comes back", () => {
  it("leaves the edge answering, says why parity is incomplete, and needs no restart of the edge", async () => {
    await stack.killOrigin();

    const health = await ask(
      stack.edgeUrl,
      "{ health { ok side backends { backend available reason } } images { id } }",
    );
    expect(health.body.data.images).toHaveLength(10);
    expect(health.body.data.health).toMatchObject({ ok: true, side: "EDGE" });
    const cpu = health.body.data.health.backends.find((status: { backend: string }) => status.backend === "CPU");
    expect(cpu.available).toBe(false);
    expect(cpu.reason).toMatch(/isobit start/);

    const predicted = await ask(stack.edgeUrl, '{ predict(input: { image: "7" }) { label backend } }');
    expect(predicted.body.data.predict).toEqual({ label: "7", backend: "WASM" });

    const down = await ask(stack.edgeUrl, PARITY);
    expect(down.body.data.parity.verdict).toBe("INCOMPLETE");
    expect(down.body.data.parity.rows[0].outputs).toMatchObject([
      { source: "WASM", prediction: { label: "0" } },
      { source: "CPU", prediction: null, error: { code: "ORIGIN_UNREACHABLE" } },
    ]);

    await stack.startOrigin();
    const back = await ask(stack.edgeUrl, PARITY, { backends: ["WASM", "CPU"], model: "digits" });
    expect(back.body.data.parity.verdict).toBe("DRIFT");
  });
});

describe("the edge goes and comes back", () => {
  it("leaves the origin answering for what it holds", async () => {
    await stack.stopEdge();
    const cpu = await ask(stack.originUrl, '{ predict(input: { image: "7" }, backend: CPU) { label } }');
    expect(cpu.body.data.predict.label).toBe("7");
    const wasm = await ask(stack.originUrl, '{ predict(input: { image: "7" }, backend: WASM) { label } }');
    expect(wasm.body.errors?.[0]?.extensions.code).toBe("BACKEND_UNAVAILABLE");
    expect(wasm.body.errors?.[0]?.message).toMatch(/`isobit start`/);

    await stack.startEdge();
    const back = await ask(stack.originUrl, '{ predict(input: { image: "7" }, backend: WASM) { label } }');
    expect(back.body.data.predict.label).toBe("7");
  });
});
