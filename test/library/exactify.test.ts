import { join } from "node:path";
import { expect, it } from "vitest";
import { certify } from "#library/certify/certify.ts";
import { exactify } from "#library/exactify/exactify.ts";

const IMAGES = join(import.meta.dirname, "..", "..", "images");

it("returns a certified model and its measurements, and reports progress", async () => {
  const told: string[] = [];
  const result = await exactify("digits", { calibrate: IMAGES, onProgress: (sentence) => told.push(sentence) });
  if (result.alreadyExact) throw new Error("a float model was taken for an exact one");
  expect(result.certification.certified).toBe(true);
  expect(result.comparison).toMatchObject({ images: 10, differingBits: { after: 0 } });
  expect(told).toContain("measuring both models");
  const { certification } = await certify(result.bytes, { preprocess: result.sidecar });
  expect(certification.certified).toBe(true);
});

it("has nothing to do for a model that is exact already", async () => {
  expect(await exactify("digits-exact", { calibrate: IMAGES })).toMatchObject({ alreadyExact: true });
});

it("ends when the caller aborts", async () => {
  const controller = new AbortController();
  const ended = exactify("digits", {
    calibrate: IMAGES,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(ended).rejects.toMatchObject({ code: "ABORTED" });
});

it("ends when the caller aborts while both models are measured", async () => {
  const controller = new AbortController();
  const told: string[] = [];
  const ended = exactify("digits", {
    calibrate: IMAGES,
    signal: controller.signal,
    onProgress: (sentence) => {
      told.push(sentence);
      // Nothing more is told, so only the measuring itself can hear of it.
      if (sentence === "measuring both models") setImmediate(() => controller.abort());
    },
  });
  await expect(ended).rejects.toMatchObject({ code: "ABORTED" });
  expect(told.at(-1)).toBe("measuring both models");
});

it("reports the preprocessing of a float model that does not state it", async () => {
  const preprocess = { invert: true };
  expect(await exactify("digits-exact", { calibrate: IMAGES })).toMatchObject({ preprocessNote: null });
  const { preprocessNote } = await exactify("digits-exact", { calibrate: IMAGES, preprocess });
  expect(preprocessNote).toBe(
    "Preprocessing of digits-exact: scale 1, mean 0, std 1, inverted, set for this run. The model's own: scale 1, mean 0, std 1.",
  );
});

it("does nothing for a caller that has already aborted, even for an exact model", async () => {
  const ended = exactify("digits-exact", { calibrate: IMAGES, signal: AbortSignal.abort() });
  await expect(ended).rejects.toMatchObject({ code: "ABORTED" });
});

it.each([
  ["no options at all", undefined, "BAD_OPTION"],
  ["no images to calibrate on", {}, "BAD_OPTION"],
  ["images that are not there", { calibrate: "/nope" }, "BAD_OPTION"],
])("refuses %s", async (_name, options, code) => {
  await expect(exactify("digits", options)).rejects.toMatchObject({ code });
});
