import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it, test } from "vitest";
import { expectSameEverywhere } from "#library/vitest.ts";

const MODELS = join(import.meta.dirname, "..", "..", "models");

describe("toHaveSameBits", () => {
  it("passes for equal bits of arrays and tensors, and not for other ones", () => {
    const tensor = new Tensor("float32", Float32Array.of(1, NaN), [1, 2]);
    expect(tensor).toHaveSameBits(Float32Array.of(1, NaN));
    expect(Float32Array.of(1, NaN)).toHaveSameBits(tensor);
    expect(BigInt64Array.of(1n)).toHaveSameBits(BigInt64Array.of(1n));
    expect(Float32Array.of(0)).not.toHaveSameBits(Float32Array.of(-0));
    expect(tensor).not.toHaveSameBits(new Tensor("float32", Float32Array.of(1, NaN), [2]));
  });

  it("says which elements differ, with values and bits of both", () => {
    const received = Float32Array.of(1, -0, 3.0000002384185791, 5);
    expect(() => expect(received).toHaveSameBits(Float32Array.of(1, 0, 3, 4))).toThrow(
      [
        "expected the tensors to be equal in every bit, but 3 of 4 elements differ",
        "first, element 1: expected 0 (0x00000000), received -0 (0x80000000), 0 ULP apart",
        "worst, element 3: expected 4 (0x40800000), received 5 (0x40a00000), 2097152 ULP apart",
      ].join("\n"),
    );
    expect(() => expect(received).not.toHaveSameBits(received)).toThrow("but they are equal in every bit");
    expect(() => expect(Float32Array.of(1)).toHaveSameBits(Float32Array.of(1, 2))).toThrow("types or dims differ");
  });

  it("refuses what is not a tensor", () => {
    expect(() => expect([1]).toHaveSameBits(Float32Array.of(1))).toThrow(
      expect.objectContaining({ code: "BAD_INPUT" }),
    );
  });
});

describe("toBeWithinUlp", () => {
  const next = Float32Array.of(1.0000002384185791);

  it("passes up to the bound and not beyond it", () => {
    expect(next).toBeWithinUlp(Float32Array.of(1), 2);
    expect(next).not.toBeWithinUlp(Float32Array.of(1), 1);
    expect(() => expect(next).toBeWithinUlp(Float32Array.of(1), 1)).toThrow(
      "expected the tensors to be equal within 1 ULP",
    );
  });

  it("refuses numbers that are not finite, and integers", () => {
    expect(Float32Array.of(Infinity)).not.toBeWithinUlp(Float32Array.of(3.4028234663852886e38), 1);
    expect(Int32Array.of(1)).not.toBeWithinUlp(Int32Array.of(2), 1);
  });
});

test("expectSameEverywhere resolves to the report of a model that agrees", async () => {
  const report = await expectSameEverywhere(join(MODELS, "digits-exact.onnx"), { backends: ["CPU", "WASM"] });
  expect(report).toMatchObject({ outcome: "IDENTICAL", total: 10 });
});

test("expectSameEverywhere fails with the verdict, the drift and the node where it begins", async () => {
  const failing = expectSameEverywhere(join(MODELS, "digits.onnx"), { backends: ["CPU", "WASM"] });
  await expect(failing).rejects.toThrow(
    /^DRIFT: bits differ \(digits, 10 inputs\)\.\nWASM and CPU agree on \d+ of 10 inputs: \d+ elements differ.*input \d drifts furthest\.\nWASM first differs from CPU in node \d+, conv1 \(Conv\)/,
  );
});

test("expectSameEverywhere claims nothing if only one runtime is left, and names it", async () => {
  const failing = expectSameEverywhere(join(MODELS, "digits.onnx"), { backends: ["CPU"] });
  await expect(failing).rejects.toThrow(/^INCOMPLETE: .*\nA comparison needs two sources\./);
});

test("expectSameEverywhere lets a difference pass within the tolerance that is asked for", async () => {
  const options = { backends: ["CPU", "WASM"], tolerance: { abs: 0.01 } } as const;
  expect(await expectSameEverywhere(join(MODELS, "digits.onnx"), options)).toMatchObject({
    outcome: "WITHIN_TOLERANCE",
  });
});
