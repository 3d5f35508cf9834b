import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

interface Row {
  readonly image: string;
  readonly outputs: readonly {
    readonly prediction: { readonly label: string; readonly logits: { readonly bits: string } };
  }[];
}

// The float model: its bits depend on everything that could go wrong here.
const TEN_DIGITS =
  '{ parity(backends: [CPU], model: "digits") { rows { image outputs { prediction { label logits { bits } } } } } }';

let origin: RunningOrigin;
beforeAll(async () => {
  origin = await startOrigin({ env: NO_VULKAN });
});
afterAll(() => origin.stop());

async function tenDigits(): Promise<Map<string, { label: string; bits: string }>> {
  const { data } = await origin.graphql<{ parity: { rows: Row[] } }>(TEN_DIGITS);
  return new Map(
    data.parity.rows.map(({ image, outputs }) => {
      const { label, logits } = outputs[0]?.prediction ?? { label: "", logits: { bits: "" } };
      return [image, { label, bits: logits.bits }];
    }),
  );
}

/** The same tensor through ONNX Runtime alone, without anything of the origin. */
async function bareLogits(tensor: Float32Array): Promise<string> {
  const model = await readFile(join(import.meta.dirname, "..", "..", "models", "digits.onnx"));
  const options = { executionProviders: ["cpu"], graphOptimizationLevel: "extended" } as const;
  const session = await ort.InferenceSession.create(model, options);
  const [input, output] = [session.inputNames[0] ?? "", session.outputNames[0] ?? ""];
  const answer = await session.run({ [input]: new ort.Tensor("float32", tensor, [1, 1, 28, 28]) });
  return asBase64(answer[output]?.data as Float32Array);
}

function asBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

describe("the CPU backend", () => {
  it("reads the ten digits right", async () => {
    const labels = [...(await tenDigits())].map(([image, { label }]) => [image, label]);
    expect(labels).toEqual([..."0123456789"].map((digit) => [digit, digit]));
  });

  it("gives the same bits again, also to many who ask at once", async () => {
    const once = await tenDigits();
    const again = await Promise.all(Array.from({ length: 8 }, tenDigits));
    expect(new Set([...once.values()].map(({ bits }) => bits)).size).toBe(10);
    for (const other of again) expect(other).toEqual(once);
  });

  it("gives an image the same bits alone as among the ten", async () => {
    for (const [image, { bits }] of await tenDigits()) {
      const query = `{ rawLogits(backend: CPU, model: "digits", input: { image: "${image}" }) { bits } }`;
      const { data } = await origin.graphql<{ rawLogits: { bits: string } }>(query);
      expect(data.rawLogits.bits).toBe(bits);
    }
  });

  it("answers with ONNX Runtime's own bits, and says how long they took", async () => {
    const tensor = Float32Array.from({ length: 28 * 28 }, (_, index) => ((index * 37) % 256) / 255);
    const query =
      'query ($tensor: Bytes!) { rawLogits(backend: CPU, model: "digits", input: { tensor: $tensor }) { bits latencyMs } }';
    const { data } = await origin.graphql<{ rawLogits: { bits: string; latencyMs: number } }>(query, {
      tensor: asBase64(tensor),
    });
    expect(data.rawLogits.bits).toBe(await bareLogits(tensor));
    expect(data.rawLogits.latencyMs).toBeGreaterThan(0);
  });

  it("runs a tensor with NaN and hides nothing of what comes out", async () => {
    const tensor = new Float32Array(28 * 28).fill(Number.NaN);
    const query =
      'query ($tensor: Bytes!) { predict(backend: CPU, model: "digits", input: { tensor: $tensor }) { label classIndex logits { bits values } } }';
    const { data } = await origin.graphql<{ predict: { label: string; classIndex: number; logits: { bits: string } } }>(
      query,
      {
        tensor: asBase64(tensor),
      },
    );
    expect(data.predict.logits.bits).toBe(await bareLogits(tensor));
    expect(data.predict).toMatchObject({ label: "NaN", classIndex: -1 });
  });
});
