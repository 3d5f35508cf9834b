import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certify } from "#library/certify/certify.ts";

const MODELS = join(import.meta.dirname, "..", "..", "models");

describe("certify as a function", () => {
  it("proves a shipped model by its id, and returns the bytes that the proof covers", async () => {
    const { certification, executed, subject, document } = await certify("digits-exact");
    expect(certification.certified).toBe(true);
    expect(Buffer.from(executed ?? []).equals(await readFile(join(MODELS, "digits-exact.onnx")))).toBe(true);
    expect(subject.executedSha256).toBe(subject.sha256);
    expect(document).toMatchObject({ format: "isobit-certificate/1", model: "digits-exact", certified: true });
  });

  it("takes the bytes of a file as well", async () => {
    const bytes = new Uint8Array(await readFile(join(MODELS, "digits-exact.onnx")));
    const { certification, subject } = await certify(bytes);
    expect(certification.certified).toBe(true);
    expect(subject.external).toEqual([]);
  });

  it("names the first node that may give other bits", async () => {
    const { certification, executed } = await certify("digits");
    expect(certification).toMatchObject({
      certified: false,
      firstFailure: { op: expect.any(String), reason: expect.stringMatching(/./) },
    });
    expect(executed).toBeNull();
  });

  it("uses the given preprocessing", async () => {
    const { certification, preprocess } = await certify("digits-exact", { preprocess: { scale: 1 / 3 } });
    expect(preprocess.scale).toBe(1 / 3);
    expect(certification.certified).toBe(false);
  });

  it.each([
    ["/nope.onnx", "BAD_OPTION", /is missing/],
    [new Uint8Array([1, 2, 3]), "INCOMPLETE", /The model/],
  ])("says what is wrong with %s", async (model, code, message) => {
    await expect(certify(model)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
