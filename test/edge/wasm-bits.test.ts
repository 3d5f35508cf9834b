import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningEdge, startEdge } from "../support/edge.ts";

interface Row {
  readonly image: string;
  readonly outputs: readonly {
    readonly prediction: { readonly label: string; readonly logits: { readonly bits: string } };
  }[];
}

const TEN_DIGITS = "{ parity(backends: [WASM]) { rows { image outputs { prediction { label logits { bits } } } } } }";

async function bitsOfTenDigits(edge: RunningEdge): Promise<Map<string, string | undefined>> {
  const { data } = await edge.graphql<{ parity: { rows: Row[] } }>(TEN_DIGITS);
  return new Map(data.parity.rows.map((row) => [row.image, row.outputs[0]?.prediction.logits.bits]));
}

let edges: readonly RunningEdge[];
beforeAll(async () => {
  edges = await Promise.all([startEdge(), startEdge()]);
});
afterAll(async () => {
  await Promise.all(edges?.map((edge) => edge.stop()) ?? []);
});

const first = (): RunningEdge => edges[0] as RunningEdge;

describe("WASM in workerd", () => {
  it("reads the ten digits right", async () => {
    const { data } = await first().graphql<{ parity: { rows: Row[] } }>(TEN_DIGITS);
    const labels = data.parity.rows.map((row) => [row.image, row.outputs[0]?.prediction.label]);
    expect(labels).toEqual([..."0123456789"].map((digit) => [digit, digit]));
  });

  it("gives the same bits again, and in another isolate", async () => {
    const [once, again, elsewhere] = [
      await bitsOfTenDigits(first()),
      await bitsOfTenDigits(first()),
      await bitsOfTenDigits(edges[1] as RunningEdge),
    ];
    expect(once.size).toBe(10);
    expect(new Set(once.values()).size).toBe(10);
    for (const bits of once.values()) expect(Buffer.from(bits ?? "", "base64")).toHaveLength(10 * 4);
    expect(again).toEqual(once);
    expect(elsewhere).toEqual(once);
  });

  it("gives an image the same bits alone, in a batch, and with many requests at once", async () => {
    const together = await bitsOfTenDigits(first());
    const alone = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const image = String(index % 10);
        const query = `{ rawLogits(input: { image: "${image}" }) { bits } }`;
        const { data } = await first().graphql<{ rawLogits: { bits: string } }>(query);
        return [image, data.rawLogits.bits] as const;
      }),
    );
    for (const [image, bits] of alone) expect(bits).toBe(together.get(image));
  });

  it("runs many aliases of one query without mixing them up", async () => {
    const together = await bitsOfTenDigits(first());
    const fields = [...together.keys()].map((image) => `d${image}: rawLogits(input: { image: "${image}" }) { bits }`);
    const { data } = await first().graphql<Record<string, { bits: string }>>(`{ ${fields.join(" ")} }`);
    for (const [image, bits] of together) expect(data[`d${image}`]?.bits).toBe(bits);
  });

  it("says in health what it runs on", async () => {
    const { data } = await first().graphql(
      "{ health { ok side backends { backend available reason executionProvider runtime runtimeVersion optimizationLevel device } } }",
    );
    expect(data).toMatchObject({
      health: {
        ok: true,
        side: "EDGE",
        backends: expect.arrayContaining([
          {
            backend: "WASM",
            available: true,
            reason: null,
            executionProvider: "CPUExecutionProvider",
            runtime: "onnxruntime-web",
            runtimeVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
            optimizationLevel: "extended",
            device: null,
          },
        ]),
      },
    });
  });
});
