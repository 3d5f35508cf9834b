import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import type { Levels } from "#core/image/grey.ts";
import type { ImageEntry, ImageSource, LevelSource } from "#core/image/image.ts";
import { MAX_FILE_BYTES } from "#core/limits.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Host } from "#core/host.ts";
import { preprocess, type PreparedInput } from "#core/preprocess.ts";
import { anyBits, floatsWithBits } from "./float-bits.ts";
import { modelOf, planOf } from "./plan.ts";
import { SIGNATURE } from "./write-png.ts";

/** Starts as a JPEG does, and ends there. */
const UNDECODABLE = Buffer.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3);

const DIGITS = modelOf({ width: 28, height: 28 });

const IMAGES: ImageEntry[] = ["7", "gone"].map((id) => ({
  id,
  label: id,
  file: `${id}.png`,
  width: 28,
  height: 28,
  sha256: "",
}));

async function decodeBySharp(file: Uint8Array, model: ModelInfo): Promise<Levels | Error> {
  try {
    const { data, info } = await sharp(file)
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return modelLevels({ width: info.width, height: info.height, rgba: data }, model);
  } catch (error) {
    return error as Error;
  }
}

/** What preprocess needs of a side: images on disk and a real decoder. The rest is never asked for here. */
function host(parts: Partial<Host> = {}): Host {
  return {
    images: IMAGES,
    readImage: async (entry: ImageEntry) => readFileSync(new URL(`../../images/${entry.file}`, import.meta.url)),
    decodeOther: (files: readonly Uint8Array[], model: ModelInfo) =>
      Promise.all(files.map((each) => decodeBySharp(each, model))),
    ...parts,
  } as Host;
}

function prepare(
  sources: readonly (ImageSource | IsobitError)[],
  { model = DIGITS, ...parts }: Partial<Host> & { model?: ModelInfo } = {},
): Promise<PreparedInput[]> {
  return preprocess(
    planOf(
      sources.map((source, row) => ({ id: `row ${row}`, source })),
      model,
    ),
    host(parts),
  );
}

const image = (id: string): ImageSource => ({ kind: "image", id });
const file = (bytes: Uint8Array): ImageSource => ({ kind: "file", bytes });
const pixels = (bytes: Uint8Array): ImageSource => ({ kind: "pixels", bytes });
const tensor = (bytes: Uint8Array): ImageSource => ({ kind: "tensor", bytes });

function valuesOf(input: PreparedInput | undefined): number[] {
  if (!input?.ok) throw input?.error ?? new Error("there is no such row");
  return [...input.tensor];
}

function errorOf(input: PreparedInput | undefined): { code: string; message: string } | null {
  return input && !input.ok ? { code: input.error.code, message: input.error.message } : null;
}

const greyOf = async (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).toColourspace("b-w").raw().toBuffer();
const encoded = (format: "jpeg" | "webp" | "png", size = 28): Promise<Buffer> =>
  sharp({ create: { width: size, height: size, channels: 3, background: "#806040" } })
    .toFormat(format)
    .toBuffer();

describe("the four kinds of input", () => {
  it("give the same tensor for the same digit", async () => {
    const png = readFileSync(new URL("../../images/7.png", import.meta.url));
    const grey = await greyOf(png);
    const floats = bytesOf(Float32Array.from(grey));
    const rows = await prepare([image("7"), file(png), pixels(grey), tensor(floats)]);
    expect(rows.map((row) => row.id)).toEqual(["row 0", "row 1", "row 2", "row 3"]);
    for (const row of rows) {
      expect(valuesOf(row)).toEqual([...grey]);
      expect(row).toMatchObject({ sha256: createHash("sha256").update(floats).digest("hex") });
    }
  });

  it("do not change a tensor's bits, including NaN payloads", async () => {
    const model = modelOf({ width: 3, height: 2 });
    await fc.assert(
      fc.asyncProperty(fc.array(anyBits, { minLength: 6, maxLength: 6 }), async (bits) => {
        const bytes = bytesOf(floatsWithBits(bits));
        const [row] = await prepare([tensor(bytes)], { model });
        expect(row).toMatchObject({ ok: true, sha256: createHash("sha256").update(bytes).digest("hex") });
      }),
      { numRuns: 30 },
    );
  });

  it("invert levels exactly as a model that inverts them, on either decoder", async () => {
    const png = readFileSync(new URL("../../images/7.png", import.meta.url));
    const sources: LevelSource[] = [
      { kind: "image", id: "7" },
      { kind: "file", bytes: png },
      { kind: "file", bytes: await encoded("jpeg", 40) },
      { kind: "file", bytes: await encoded("png", 40) },
      { kind: "pixels", bytes: await greyOf(png) },
    ];
    const inverted = sources.map((source): ImageSource => ({ kind: "inverted", source }));
    const settings = { scale: 1 / 255, mean: [0.1307], std: [0.3081] };
    const plain = modelOf({ width: 28, height: 28 }, { ...settings, invert: false });
    const inverting = modelOf({ width: 28, height: 28 }, { ...settings, invert: true });
    const tensorsOf = async (rows: ImageSource[], model: ModelInfo) => (await prepare(rows, { model })).map(valuesOf);
    // In one request, so that a built-in image and its inversion are not taken for each other.
    const both = await tensorsOf([...sources, ...inverted], plain);
    expect(both.slice(sources.length)).toEqual(await tensorsOf(sources, inverting));
    expect(both.slice(0, sources.length)).toEqual(await tensorsOf(inverted, inverting));
    expect(both[0]).not.toEqual(both[sources.length]);
  });

  it("keep the error of an inverted image in its own row", async () => {
    const unknown: ImageSource = { kind: "inverted", source: { kind: "image", id: "77" } };
    const [bad, good] = await prepare([unknown, image("7")]);
    expect(errorOf(bad)).toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(good?.ok).toBe(true);
  });

  it("read a built-in image once, however many rows name it", async () => {
    const read: string[] = [];
    const { readImage } = host();
    const rows = await prepare(Array(50).fill(image("7")), {
      readImage: (entry) => (read.push(entry.id), readImage(entry)),
    });
    expect(read).toEqual(["7"]);
    expect(rows).toHaveLength(50);
    expect(rows.every((row) => row.ok)).toBe(true);
  });
});

describe("from levels to numbers", () => {
  const ramp = Uint8Array.from({ length: 256 }, (_, level) => level);

  it("is (g * scale - mean) / std in double precision, rounded once", async () => {
    const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        finite,
        finite,
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.boolean(),
        async (scale, mean, std, invert) => {
          const model = modelOf({ width: 16, height: 16 }, { scale, mean: [mean], std: [std], invert });
          const [row] = await prepare([pixels(ramp)], { model });
          const shown = [...ramp].map((level) => (invert ? 255 - level : level));
          expect(valuesOf(row)).toEqual(shown.map((level) => Math.fround((level * scale - mean) / std)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("reaches exactly 0 and 1 at a scale of 1/255", async () => {
    const [row] = await prepare([pixels(ramp)], { model: modelOf({ width: 16, height: 16 }, { scale: 1 / 255 }) });
    expect([valuesOf(row)[0], valuesOf(row)[255]]).toEqual([0, 1]);
  });

  it.each([
    ["NCHW", [10, 40, 20, 50, 30, 60], [0, 30, 0, 15, 0, 10]],
    ["NHWC", [10, 20, 30, 40, 50, 60], [0, 0, 0, 30, 15, 10]],
  ] as const)("puts colours where %s wants them, each with its own mean and std", async (layout, order, normalised) => {
    const rgb = sharp(Buffer.of(10, 20, 30, 40, 50, 60), { raw: { width: 2, height: 1, channels: 3 } });
    const png = await rgb.png().toBuffer();
    const input = { width: 2, height: 1, channels: 3, layout } as const;
    expect(valuesOf((await prepare([file(png)], { model: modelOf(input) }))[0])).toEqual(order);
    const model = modelOf(input, { mean: [10, 20, 30], std: [1, 2, 3] });
    expect(valuesOf((await prepare([file(png)], { model }))[0])).toEqual(normalised);
  });

  it("fills all three channels from grey pixels", async () => {
    const input = { width: 2, height: 1, channels: 3 } as const;
    const both = [pixels(Uint8Array.of(5, 9))];
    expect(valuesOf((await prepare(both, { model: modelOf(input) }))[0])).toEqual([5, 9, 5, 9, 5, 9]);
    expect(valuesOf((await prepare(both, { model: modelOf({ ...input, layout: "NHWC" }) }))[0])).toEqual([
      5, 5, 5, 9, 9, 9,
    ]);
  });

  it.each(["NHW", "FLAT"] as const)("lays %s out row by row", async (layout) => {
    const rows = await prepare([pixels(Uint8Array.of(1, 2, 3, 4))], {
      model: modelOf({ width: 2, height: 2, layout }),
    });
    expect(valuesOf(rows[0])).toEqual([1, 2, 3, 4]);
  });

  it("averages a larger image down", async () => {
    const png = await sharp(Buffer.of(0, 100, 200, 100), { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    expect(valuesOf((await prepare([file(png)], { model: modelOf({ width: 1, height: 1 }) }))[0])).toEqual([100]);
  });
});

describe("images that are not PNG", () => {
  it("go to the host in one call, PNG never", async () => {
    const [jpeg, webp, png] = await Promise.all([encoded("jpeg", 40), encoded("webp"), encoded("png")]);
    const calls: (readonly Uint8Array[])[] = [];
    const rows = await prepare([file(jpeg), file(png), file(webp), image("7")], {
      decodeOther: (files, model) => (calls.push(files), host().decodeOther(files, model)),
    });
    expect(calls).toEqual([[jpeg, webp]]);
    expect(rows.map((row) => row.ok)).toEqual([true, true, true, true]);
    const [level] = valuesOf(rows[1]);
    for (const row of [rows[0], rows[2]])
      for (const value of valuesOf(row)) expect(Math.abs(value - level!)).toBeLessThan(3);
  });

  it("are decoded once, however many rows name the same image", async () => {
    const jpeg = await encoded("jpeg");
    const calls: (readonly Uint8Array[])[] = [];
    const rows = await prepare([image("7"), image("7")], {
      readImage: async () => jpeg,
      decodeOther: (files, model) => (calls.push(files), host().decodeOther(files, model)),
    });
    expect(calls).toEqual([[jpeg]]);
    expect(valuesOf(rows[1])).toEqual(valuesOf(rows[0]));
  });

  it("are not decoded where there are none", async () => {
    const rows = await prepare([image("7")], { decodeOther: () => expect.fail("nothing needs decoding") });
    expect(rows[0]!.ok).toBe(true);
  });

  it("fail one by one", async () => {
    const rows = await prepare([file(UNDECODABLE), file(await encoded("jpeg")), file(UNDECODABLE.subarray(0, 3))]);
    expect(rows.map((row) => errorOf(row)?.code)).toEqual(["UNSUPPORTED_IMAGE", undefined, "UNSUPPORTED_IMAGE"]);
    expect(errorOf(rows[0])?.message).toMatch(/^The file could not be decoded: ./);
  });

  it("all fail where the decoder cannot be reached, and only they", async () => {
    const unreachable = new IsobitError("ORIGIN_UNREACHABLE", "The origin does not answer.");
    const rows = await prepare([file(await encoded("jpeg")), image("7"), file(UNDECODABLE)], {
      decodeOther: () => Promise.reject(unreachable),
    });
    expect(rows.map((row) => errorOf(row)?.code)).toEqual(["ORIGIN_UNREACHABLE", undefined, "ORIGIN_UNREACHABLE"]);
  });

  const square = { width: 28, height: 28, channels: 1, values: new Uint8Array(784) } as const;
  it.each<[string, (Levels | Error)[], string, RegExp]>([
    ["too few answers", [], "UNSUPPORTED_IMAGE", /answered 0 of 1/],
    ["a typed error", [new IsobitError("INPUT_TOO_LARGE", "Too large.")], "INPUT_TOO_LARGE", /Too large/],
    ["levels cut short", [{ ...square, values: new Uint8Array(783) }], "UNSUPPORTED_IMAGE", /783 levels for 28 x 28/],
    ["no levels", [{ width: 0, height: 0, channels: 1, values: new Uint8Array(0) }], "UNSUPPORTED_IMAGE", /0 x 0/],
    [
      "levels of another size",
      [{ ...square, width: 14, height: 56 }],
      "UNSUPPORTED_IMAGE",
      /14 x 56.*sketch takes 28 x 28/,
    ],
    [
      "levels in colour for a grey model",
      [{ ...square, channels: 3, values: new Uint8Array(3 * 784) }],
      "UNSUPPORTED_IMAGE",
      /28 x 28 pixels of 3; sketch takes 28 x 28 of 1/,
    ],
  ])("are not taken on trust: %s", async (_, outcomes, code, message) => {
    const [row] = await prepare([file(UNDECODABLE)], { decodeOther: async () => outcomes });
    expect(errorOf(row)).toEqual({ code, message: expect.stringMatching(message) });
  });
});

describe("an input that fails", () => {
  const refused = new IsobitError("IMAGE_NOT_FOUND", "No image is called that.");

  it.each<[string, ImageSource | IsobitError, string, RegExp]>([
    ["an id that names nothing", refused, "IMAGE_NOT_FOUND", /No image is called that/],
    ["a built-in image whose file is gone", image("gone"), "IMAGE_NOT_FOUND", /"gone" could not be read/],
    ["an empty file", file(new Uint8Array(0)), "BAD_INPUT", /empty/],
    [
      "a file too large",
      file(new Uint8Array(MAX_FILE_BYTES + 1)),
      "INPUT_TOO_LARGE",
      /10485761 bytes; the limit is 10485760/,
    ],
    ["a text", file(Buffer.from("Hello, I am an image.")), "UNSUPPORTED_IMAGE", /not an image in a supported format/],
    ["a PNG cut short", file(SIGNATURE), "UNSUPPORTED_IMAGE", /cut short/],
    ["too few pixels", pixels(new Uint8Array(783)), "BAD_INPUT", /783 bytes; sketch takes 28 x 28 = 784/],
    ["too many pixels", pixels(new Uint8Array(785)), "BAD_INPUT", /785 bytes/],
    ["a tensor too short", tensor(new Uint8Array(784)), "BAD_INPUT", /784 bytes; sketch takes 3136: 784 float32/],
    ["a tensor that ends within a value", tensor(new Uint8Array(3135)), "BAD_INPUT", /3135 bytes/],
  ])("says why and leaves its neighbours alone: %s", async (_, source, code, message) => {
    const rows = await prepare([image("7"), source, pixels(new Uint8Array(784))]);
    expect(errorOf(rows[1])).toEqual({ code, message: expect.stringMatching(message) });
    expect(rows.map((row) => [row.id, row.ok])).toEqual([
      ["row 0", true],
      ["row 1", false],
      ["row 2", true],
    ]);
  });
});
