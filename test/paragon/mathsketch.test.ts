import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encode } from "fast-png";
import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import type { RgbaImage } from "#core/image/image.ts";
import { levelsOf } from "#core/image/grey.ts";
import { withLightInk } from "#schema/rest/light-ink.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";
import { call, post } from "./face.ts";

/* MathSketch's routes: a drawing as base64 of a PNG in, a digit and a time out; no history on the server. */

const IMAGES = join(import.meta.dirname, "..", "..", "images");
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const digitFile = (digit: number): Promise<Buffer> => readFile(join(IMAGES, `${digit}.png`));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** As MathSketch's page sends it: 280 x 280 pixels, dark ink on white. */
async function drawn(digit: number): Promise<Buffer> {
  return sharp(await digitFile(digit))
    .resize(280, 280, { kernel: "nearest" })
    .negate()
    .png()
    .toBuffer();
}

/** As an unfilled canvas sends it: black ink, its cover in the alpha channel, on nothing. */
async function onNothing(digit: number): Promise<Uint8Array> {
  const { data, info } = await sharp(await digitFile(digit))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rgba = new Uint8Array(info.width * info.height * 4);
  for (let at = 0; at < info.width * info.height; at++) rgba[at * 4 + 3] = data[at * info.channels]!;
  return encode({ width: info.width, height: info.height, data: rgba, channels: 4, depth: 8 });
}

describe.each(["edge", "origin"] as const)("on the %s", (side) => {
  const url = (path: string): string => `${side === "edge" ? stack.edgeUrl : stack.originUrl}${path}`;

  it("a drawing's response is its digit and the time, and nothing else", async () => {
    const before = Date.now();
    const { status, body } = await post(url("/predict"), { image_data: base64(await drawn(7)) });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["prediction", "timestamp"]);
    expect(body.prediction).toBe(7);
    expect(body.timestamp).toBe(new Date(body.timestamp).toISOString());
    // The edge's clock is another process's.
    expect(Date.parse(body.timestamp)).toBeGreaterThanOrEqual(before - 5_000);
  });

  it.each([
    ["dark ink on white", drawn],
    ["dark ink on a ground that was never painted", onNothing],
    ["light ink on black, as MNIST has it", digitFile],
  ])("all ten digits are read as %s", async (_name, draw) => {
    const read = await Promise.all(
      DIGITS.map(async (digit) => {
        const image = `data:image/png;base64,${base64(await draw(digit))}`;
        return (await post(url("/predict"), { image_data: image })).body.prediction;
      }),
    );
    expect(read).toEqual(DIGITS);
  });

  it.each([
    ["not base64", "%%%"],
    ["base64 cut short", "iVBORw0KGgo"],
    ["nothing", ""],
    ["a prefix and nothing", "data:image/png;base64,"],
    ["another kind of data", "data:text/plain;base64,aGVsbG8="],
    ["base64 of what is not an image", "aGVsbG8="],
    ["a PNG's first bytes alone", "iVBORw0KGgo="],
    ["a number", 7],
    ["null", null],
    ["a list", ["iVBORw0KGgo="]],
  ])("%s is 422", async (_name, imageData) => {
    const { status, body } = await post(url("/predict"), { image_data: imageData });
    expect(status).toBe(422);
    expect(Object.keys(body.detail[0])).toEqual(["loc", "msg", "type"]);
    expect(body.detail[0].loc).toEqual(["body", "image_data"]);
  });

  it.each(["", "data:image/png;base64,"])("an empty drawing (%j) is called empty", async (imageData) => {
    const { status, body } = await post(url("/predict"), { image_data: imageData });
    expect([status, body.detail[0].msg]).toEqual([422, "image_data is empty"]);
  });

  it("a JPEG is 422 too: a drawing is a PNG", async () => {
    const jpeg = await sharp(await digitFile(7))
      .jpeg()
      .toBuffer();
    const { status, body } = await post(url("/predict"), { image_data: base64(jpeg) });
    expect(status).toBe(422);
    expect(body.detail[0].msg).toMatch(/PNG/);
  });

  it("a PNG with more pixels than are decoded is 413", async () => {
    const huge = await sharp({ create: { width: 4000, height: 4000, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    const { status, body } = await post(url("/predict"), { image_data: base64(huge) });
    expect(status).toBe(413);
    expect(body.detail).toMatch(/4000 x 4000/);
  });

  it("an image next to the drawing makes the body Paragon's", async () => {
    const both = { image: "3.png", backend: "cpu", image_data: base64(await drawn(7)) };
    expect((await post(url("/predict"), both)).body).toMatchObject({ prediction: 3, image: "3.png" });
  });

  it.each([
    ["GET", "/history", "GET, HEAD"],
    ["GET", "/history?limit=10", "GET, HEAD"],
    ["GET", "/all", "GET, HEAD"],
    ["DELETE", "/delete", "DELETE"],
  ])("%s %s is 410 and says where the history is; other methods are 405", async (method, path, allowed) => {
    const { status, body } = await call(url(path), { method });
    expect([status, body.detail]).toEqual([410, expect.stringMatching(/browser/)]);
    for (const other of ["POST", "PUT", "PATCH", "OPTIONS"]) {
      const refused = await call(url(path), { method: other });
      expect([other, refused.status, refused.headers.get("allow")]).toEqual([other, 405, allowed]);
    }
  });
});

/** A pixel's level on white paper, turned round, in real numbers. */
function negativeOverWhite([red = 0, green = 0, blue = 0, alpha = 0]: Iterable<number>): number {
  const overWhite = (level: number): number => (level * alpha) / 255 + 255 - alpha;
  return 255 - (0.299 * overWhite(red) + 0.587 * overWhite(green) + 0.114 * overWhite(blue));
}

describe("turning a drawing's ink light", () => {
  const channel = fc.integer({ min: 0, max: 255 });

  it("keeps an image or takes its negative over white, by which of the two is mostly dark", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(channel, { minLength: 144, maxLength: 144 }),
        (width, raw) => {
          const image: RgbaImage = { width, height: 6, rgba: Uint8Array.from(raw.slice(0, width * 24)) };
          const negative = Array.from({ length: width * 6 }, (_, at) => negativeOverWhite(image.rgba.subarray(at * 4)));
          const mean = negative.reduce((sum, level) => sum + level, 0) / negative.length;
          const turned = withLightInk(image);
          // Levels are rounded, so that a mean this close to the middle may go either way.
          if (Math.abs(mean - 127.5) > 1) expect(turned !== image).toBe(mean < 127.5);
          if (turned === image) return;
          const { values } = levelsOf(turned, 1);
          // Each channel and their sum are rounded once.
          for (const [at, level] of values.entries()) expect(Math.abs(level - negative[at]!)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("turns a white sheet, and leaves a black one", () => {
    const sheet = (level: number): RgbaImage => ({
      width: 2,
      height: 1,
      rgba: Uint8Array.of(level, level, level, 255, level, level, level, 255),
    });
    expect(levelsOf(withLightInk(sheet(255)), 1).values).toEqual(Uint8Array.of(0, 0));
    expect(withLightInk(sheet(0)).rgba).toEqual(sheet(0).rgba);
  });
});
