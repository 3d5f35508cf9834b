import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { IsobitError } from "#core/errors.ts";
import type { RgbaImage } from "#core/image/image.ts";
import { DECODES_AT_ONCE, MAX_DECODED_PIXELS, MAX_FILE_BYTES } from "#core/limits.ts";
import { decodeImages as decodeAndUse } from "#origin/decode.ts";

const WIDTH = 12;
const HEIGHT = 8;

/** Four flat quarters: red, green, blue, and white that is half transparent. */
const QUARTERS = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, at) => {
  const pixel = Math.floor(at / 4);
  const [right, lower] = [pixel % WIDTH >= WIDTH / 2, Math.floor(pixel / WIDTH) >= HEIGHT / 2];
  const colour = lower
    ? right
      ? [255, 255, 255, 128]
      : [0, 0, 255, 255]
    : right
      ? [0, 255, 0, 255]
      : [255, 0, 0, 255];
  return colour[at % 4] ?? 0;
});

const source = () => sharp(QUARTERS, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } });

const flat = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

const EXACT = {
  PNG: () => source().png(),
  "lossless WebP": () => source().webp({ lossless: true, exact: true }),
  TIFF: () => source().tiff({ compression: "lzw" }),
  "16-bit TIFF": () => source().toColourspace("rgb16").tiff({ compression: "lzw" }),
} as const;

const LOSSY = {
  JPEG: () => source().flatten({ background: "white" }).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }),
  "CMYK JPEG": () => source().flatten({ background: "white" }).toColourspace("cmyk").jpeg({ quality: 100 }),
  WebP: () => source().webp({ quality: 90 }),
  AVIF: () => source().avif({ quality: 90, chromaSubsampling: "4:4:4" }),
  GIF: () => source().flatten({ background: "white" }).gif(),
} as const;

const decodeImages = (files: readonly Uint8Array[]): Promise<(RgbaImage | Error)[]> =>
  decodeAndUse(files, (image) => image);

async function decode(bytes: Uint8Array): Promise<RgbaImage> {
  const [decoded] = await decodeImages([bytes]);
  if (decoded === undefined || decoded instanceof Error) throw decoded ?? new Error("no answer");
  return decoded;
}

async function refusal(bytes: Uint8Array): Promise<IsobitError> {
  const [decoded] = await decodeImages([bytes]);
  if (decoded instanceof IsobitError) return decoded;
  throw new Error("it was decoded");
}

/** The colour in the middle of each quarter, left to right, top to bottom. */
function middles({ width, height, rgba }: RgbaImage): number[][] {
  const at = (x: number, y: number) => [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
  const [left, right, top, bottom] = [width / 4, (width * 3) / 4, height / 4, (height * 3) / 4].map(Math.floor) as [
    number,
    number,
    number,
    number,
  ];
  return [at(left, top), at(right, top), at(left, bottom), at(right, bottom)];
}

function nameOf([red = 0, green = 0, blue = 0]: readonly number[]): string {
  if (Math.min(red, green, blue) > 200) return "white";
  return ["red", "lime", "blue"][[red, green, blue].indexOf(Math.max(red, green, blue))] ?? "";
}

describe("images that the origin decodes", () => {
  it.each(Object.entries(EXACT))("%s, without losing a bit", async (_name, make) => {
    const image = await decode(await make().toBuffer());
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    const opaque = (rgba: Uint8Array) => rgba.filter((_, at) => Math.floor(at / 4) % WIDTH < WIDTH / 2);
    expect(opaque(image.rgba)).toEqual(opaque(QUARTERS));
  });

  it.each(Object.entries(LOSSY))("%s, as its encoder left it", async (_name, make) => {
    const image = await decode(await make().toBuffer());
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    // Which channel is strongest tells the quarter; how strong it is, is the encoder's business (CMYK's most of all).
    const opaque = middles(image).slice(0, 3);
    expect(opaque.map(nameOf)).toEqual(["red", "lime", "blue"]);
    expect(opaque.map((rgba) => rgba[3])).toEqual([255, 255, 255]);
  });

  it("a grey JPEG as grey RGBA", async () => {
    const grey = await source().removeAlpha().toColourspace("b-w").jpeg().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    const { rgba } = await decode(grey);
    expect(rgba).toHaveLength(WIDTH * HEIGHT * 4);
    for (let at = 0; at < rgba.length; at += 4) expect(rgba[at]).toBe(rgba[at + 2]);
  });

  it.each([
    [1, ["red", "lime", "blue", "white"]],
    [3, ["white", "blue", "lime", "red"]],
    [6, ["blue", "red", "white", "lime"]],
    [8, ["lime", "white", "red", "blue"]],
  ])("turned as EXIF orientation %i says", async (orientation, expected) => {
    const turned = source().flatten({ background: "white" }).withMetadata({ orientation });
    const image = await decode(await turned.jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer());
    const sideways = orientation >= 5;
    expect([image.width, image.height]).toEqual(sideways ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT]);
    expect(middles(image).map(nameOf)).toEqual(expected);
  });

  it("a wide-gamut image, converted to sRGB by its colour profile", async () => {
    const file = await flat(4, 4, "rgb(120, 180, 90)").withIccProfile("p3").png().toBuffer();
    const stored = await sharp(file).raw({ depth: "uchar" }).keepIccProfile().toBuffer();
    const [red, green, blue] = (await decode(file)).rgba;
    expect([...stored.subarray(0, 3)]).not.toEqual([120, 180, 90]);
    // Two conversions in 8 bits may each round.
    expect([red, green, blue].map((level, at) => Math.abs((level ?? 0) - ([120, 180, 90][at] ?? 0)) <= 2)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("the first frame of a moving GIF", async () => {
    const frames = await Promise.all(["red", "blue"].map((colour) => flat(6, 4, colour).png().toBuffer()));
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const image = await decode(gif);
    expect([image.width, image.height]).toEqual([6, 4]);
    expect([...image.rgba.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });
});

describe("images that the origin refuses", () => {
  it.each([
    ["nothing", ""],
    ["text", "I am a poem about the number seven."],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'],
    ["PDF", "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>"],
  ])("%s", async (_name, content) => {
    const error = await refusal(new TextEncoder().encode(content));
    expect(error.code).toBe("UNSUPPORTED_IMAGE");
    expect(error.message).toContain("PNG, JPEG, WebP, AVIF, GIF and TIFF");
  });

  const formats = Object.entries({ ...EXACT, ...LOSSY }).map(([name, make]) => [name, make] as const);
  it.each(formats)("%s cut short anywhere: refused, or decoded whole, never half", async (_name, make) => {
    const bytes = await make().toBuffer();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        const [decoded] = await decodeImages([bytes.subarray(0, length)]);
        if (decoded instanceof IsobitError) expect(decoded.code).toBe("UNSUPPORTED_IMAGE");
        else expect(decoded).toEqual(await decode(bytes));
      }),
      { numRuns: 25 },
    );
  });

  it.each(formats)("%s with damaged bytes: refused, or an image of the size it names", async (_name, make) => {
    const bytes = await make().toBuffer();
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const [decoded] = await decodeImages([damaged]);
        if (decoded instanceof IsobitError) expect(["UNSUPPORTED_IMAGE", "INPUT_TOO_LARGE"]).toContain(decoded.code);
        else
          expect(decoded).toMatchObject({
            rgba: { length: (decoded as RgbaImage).width * (decoded as RgbaImage).height * 4 },
          });
      }),
      { numRuns: 25 },
    );
  });

  it("an image with too many pixels, before it is decoded", async () => {
    const huge = await flat(5000, 5000, "white").webp({ effort: 0 }).toBuffer();
    expect(await refusal(huge)).toMatchObject({ code: "INPUT_TOO_LARGE", message: expect.stringContaining("pixels") });
  });

  it("a file that is too long", async () => {
    expect(await refusal(new Uint8Array(MAX_FILE_BYTES + 1))).toMatchObject({ code: "INPUT_TOO_LARGE" });
  });

  it("many large images at once, from the one on that would not fit", async () => {
    const side = 4096;
    const large = await flat(side, side, "white").webp({ effort: 0 }).toBuffer();
    const fitting = MAX_DECODED_PIXELS / (side * side);
    const decoded = await decodeImages(Array.from({ length: fitting + 1 }, () => large));
    expect(decoded.map((each) => each instanceof Error)).toEqual([
      ...Array.from({ length: fitting }, () => false),
      true,
    ]);
    expect(decoded.at(-1)).toMatchObject({ code: "INPUT_TOO_LARGE", message: expect.stringContaining("together") });
  });

  it("one file among others, which are decoded all the same", async () => {
    const jpeg = await LOSSY.JPEG().toBuffer();
    const [before, between, after] = await decodeImages([jpeg, new TextEncoder().encode("text"), jpeg]);
    expect(between).toBeInstanceOf(IsobitError);
    expect(before).toEqual(after);
    expect(before).toMatchObject({ width: WIDTH, height: HEIGHT });
  });
});

describe("callers at the same time", () => {
  it("get their images, with few in libvips at once, so that the process can end soon", async () => {
    const large = await flat(2000, 2000, "red").webp().toBuffer();
    const text = new TextEncoder().encode("text");
    const callers = Array.from({ length: 12 }, (_, index) => (index % 4 === 1 ? text : large));
    let most = 0;
    const look = (): void => {
      const { queue, process } = sharp.counters();
      most = Math.max(most, queue + process);
      next = setImmediate(look);
    };
    let next = setImmediate(look);
    const decoded = await Promise.all(callers.map((file) => decodeImages([file]))).finally(() => clearImmediate(next));
    expect(decoded.map(([image]) => (image instanceof Error ? "refused" : image?.width))).toEqual(
      callers.map((file) => (file === text ? "refused" : 2000)),
    );
    // An image may be counted twice, while it moves from the queue to a thread.
    expect(most).toBeLessThanOrEqual(2 * DECODES_AT_ONCE);
  });
});
