import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certify, exactify, IsobitError, type Levels } from "#core/index.ts";
import { exactify as exactifyDescribed } from "#core/exactify/exactify.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { openNative } from "#library/exactify/sessions.ts";
import { loadServedModels } from "../../models/load.ts";
import { Classifier, described, images, ZERO_TO_ONE } from "../exactify/classifiers.ts";

const read = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(import.meta.dirname, "..", "..", "models", name)));

const EXACT = await read("digits-exact.onnx");

describe("certify", () => {
  it("proves the shipped exact model as it is served", async () => {
    const served = (await loadServedModels({})).find(({ info }) => info.id === "digits-exact")!;
    const { certification, executed, subject, preprocess } = await certify(EXACT);
    if (!certification.certified) throw new Error(certification.firstFailure.reason);
    expect(certification.certificate).toEqual(served.info.proof.certificate);
    expect(executed).toEqual(served.executed);
    expect(subject).toMatchObject({ sha256: served.info.sha256, executedSha256: sha256Hex(served.executed) });
    expect(preprocess).toEqual(served.info.preprocess);
    expect(certification.claims.length).toBeGreaterThan(certification.certificate.nodes.length);
  });

  it("claims about the executed bytes are the same when they are certified again", async () => {
    const { executed } = await certify(EXACT);
    const again = await certify(executed!);
    expect(again).toMatchObject({ certification: { certified: true }, subject: { adaptations: [] } });
    expect(again.executed).toEqual(executed);
  });

  it("names the first node that may give other bits", async () => {
    const result = await certify(await read("digits.onnx"), { preprocess: { scale: 1 / 256 } });
    expect(result).toMatchObject({
      certification: { certified: false, firstFailure: { node: "conv1", op: "Conv" } },
      executed: null,
      subject: { executedSha256: null },
      preprocess: { scale: 1 / 256 },
    });
  });

  it("refuses more on demand", async () => {
    const strict = await certify(EXACT, { tf32: true, anyAlgorithm: true });
    expect(strict).toMatchObject({ certification: { certified: true } });
    expect(await certify(EXACT, { preprocess: { scale: 0.1 } })).toMatchObject({
      certification: { certified: false, firstFailure: { op: "Input" } },
    });
  });

  it.each([
    ["bytes that are not a model", Uint8Array.of(1, 2, 3), {}, /not ONNX/],
    ["a scale of 0", EXACT, { preprocess: { scale: 0 } }, /^scale is 0; it must be/],
    ["two means and three stds", EXACT, { preprocess: { mean: [1, 2], std: [1, 2, 3] } }, /^mean/],
  ])("rejects %s", async (_what, bytes, options, message) => {
    const error = await certify(bytes, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IsobitError);
    expect(error).toMatchObject({ code: "INCOMPLETE", message: expect.stringMatching(message) });
  });
});

describe("exactify with the caller's sessions", () => {
  const float = new Classifier([1, 14, 14])
    .conv(3, 3)
    .node("Relu")
    .classes(3 * 12 * 12);
  const size = { width: 14, height: 14 };

  it("makes the very model that the command makes, certified", async () => {
    const calibration = images(12, size);
    const said: string[] = [];
    const result = await exactify(writeModel(float), {
      calibration,
      openSession: openNative,
      onProgress: (sentence) => said.push(sentence),
    });
    const direct = await exactifyDescribed({ ...(await described(float, ZERO_TO_ONE)), calibration, open: openNative });
    expect(result.bytes).toEqual(direct.bytes);
    expect(result.layers.map(({ kind }) => kind)).toEqual(["conv", "dense"]);
    expect(result.certification).toMatchObject({
      certified: true,
      certificate: { anyAlgorithm: true, tf32Safe: true },
    });
    expect(said[0]).toBe("measuring ranges over 12 images");
    // The file states its preprocessing, so nothing else need be said of it.
    expect(await certify(result.bytes, { tf32: true })).toMatchObject({ certification: { certified: true } });
  });

  it.each<[string, readonly Levels[], string, RegExp]>([
    ["an image of another size", images(2, { width: 13, height: 14 }), "BAD_INPUT", /^Calibration image 0 is 13x14/],
    ["colour for a grey model", images(1, { ...size, channels: 3 }), "BAD_INPUT", /takes 14x14 with 1,/],
    ["levels cut short", [{ ...size, channels: 1, values: new Uint8Array(9) }], "BAD_INPUT", /and 9 levels/],
    ["no images", [], "INCOMPLETE", /no calibration images/],
  ])("rejects %s", async (_what, calibration, code, message) => {
    const call = exactify(writeModel(float), { calibration, openSession: openNative });
    await expect(call).rejects.toMatchObject({
      name: "IsobitError",
      code,
      message: expect.stringMatching(message),
    });
  });

  it("rejects a model that has no exact form, and names what it cannot treat", async () => {
    const sine = new Classifier([1, 14, 14]).node("Sin").classes(196);
    const call = exactify(writeModel(sine), { calibration: images(4, size), openSession: openNative });
    await expect(call).rejects.toMatchObject({ code: "INCOMPLETE", message: expect.stringContaining("Sin") });
  });
});
