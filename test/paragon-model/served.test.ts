import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf } from "#core/tensors/bits.ts";
import { parseImage } from "./image.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { evaluate } from "./evaluator.ts";
import { dense } from "./models.ts";

const MODEL = dense("tanh", "softmax", 64);

describe("MODEL_JSON serves a Paragon model on both sides", () => {
  let folder: string;
  let stack: RunningStack;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-served-"));
    const path = join(folder, "paragon-tanh.json");
    await writeFile(path, JSON.stringify(MODEL));
    stack = await startStack({ env: { ...NO_VULKAN, MODEL_JSON: path } });
  });
  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true });
  });

  test("with the same bits on WASM and CPU, which are those of the format's own order", async () => {
    const { data, errors } = await stack.edge().graphql(`{
      models { id }
      parity(backends: [WASM, CPU]) {
        verdict model { id }
        rows { image outputs { source prediction { label logits { bits } } } }
      }
    }`);
    expect(errors).toBeUndefined();
    const { models, parity } = data as {
      models: { id: string }[];
      parity: {
        verdict: string;
        model: { id: string };
        rows: { image: string; outputs: { prediction: { label: string; logits: { bits: string } } }[] }[];
      };
    };
    expect(models[0]).toEqual({ id: "paragon-tanh" });
    expect(parity).toMatchObject({ verdict: "IDENTICAL", model: { id: "paragon-tanh" } });
    expect(parity.rows).toHaveLength(10);
    for (const { image, outputs } of parity.rows) {
      const { logits } = evaluate(MODEL, await parseImage(image));
      expect(outputs).toHaveLength(2);
      for (const { prediction } of outputs) {
        expect(prediction.logits.bits).toBe(Buffer.from(bytesOf(logits)).toString("base64"));
        expect(prediction.label).toBe(String(logits.indexOf(Math.max(...logits))));
      }
    }
  });
});
