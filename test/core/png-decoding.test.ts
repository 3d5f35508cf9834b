import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { MAX_PNG_PIXELS } from "#core/limits.ts";
import { decodePng, isPng } from "#core/image/png/png.ts";
import { END, headerChunk, pngChunk, SAMPLES, SIGNATURE, writePng, type Drawing } from "./write-png.ts";

/** An image with detail in every bit, the same at every run. */
function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** What libpng, in sharp, sees in a file of up to 8 bits per sample. */
async function rgbaBySharp(png: Uint8Array): Promise<number[]> {
  return [...(await sharp(png).toColourspace("srgb").ensureAlpha().raw().toBuffer())];
}

const rgbaByCore = (png: Uint8Array): number[] => [...decodePng(png).rgba];

describe("PNG files that sharp wrote", () => {
  const [width, height] = [37, 23];
  const pixels = { grey: 1, "grey and alpha": 2, RGB: 3, "RGB and alpha": 4 } as const;
  const layouts = [false, true].flatMap((progressive) =>
    [false, true].map((adaptiveFiltering) => ({ progressive, adaptiveFiltering })),
  );

  describe.each(layouts)("interlaced: $progressive, adaptive filters: $adaptiveFiltering", (options) => {
    it.each(Object.entries(pixels))("of 8-bit %s give back the pixels that went in", async (_, channels) => {
      const raw = noise(width * height * channels);
      const png = await sharp(raw, { raw: { width, height, channels } }).png(options).toBuffer();
      const expected = Array.from({ length: width * height }, (__, pixel) => {
        const samples = [...raw.subarray(pixel * channels, (pixel + 1) * channels)];
        const [first = 0, second = 255] = samples;
        if (channels <= 2) return [first, first, first, channels === 2 ? second : 255];
        return [...samples, 255].slice(0, 4);
      });
      expect(rgbaByCore(png)).toEqual(expected.flat());
      expect(decodePng(png)).toMatchObject({ width, height });
    });

    it.each(Object.entries(pixels))("of 16-bit %s give the nearest 8-bit levels", async (_, channels) => {
      const raw = noise(width * height * channels * 2);
      const samples = new Uint16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
      const space = channels <= 2 ? "grey16" : "rgb16";
      const png = await sharp(samples, { raw: { width, height, channels } })
        .toColourspace(space)
        .png(options)
        .toBuffer();
      expect(png[24]).toBe(16);
      const levels = Array.from(samples, (sample) => Math.round((sample * 255) / 65_535));
      const expected = Array.from({ length: width * height }, (__, pixel) => {
        const own = levels.slice(pixel * channels, (pixel + 1) * channels);
        const alpha = channels % 2 === 0 ? own.at(-1)! : 255;
        return channels <= 2 ? [own[0], own[0], own[0], alpha] : [...own.slice(0, 3), alpha];
      });
      expect(rgbaByCore(png)).toEqual(expected.flat());
    });

    // Up to 16 colours take less than 8 bits, which are not read interlaced.
    const palettes = options.progressive ? [256] : [2, 4, 16, 256];
    it.each(palettes)("with a palette of %d colours give what sharp sees in them", async (colours) => {
      for (const channels of [3, 4] as const) {
        const raw = noise(width * height * channels);
        const image = sharp(raw, { raw: { width, height, channels } });
        const png = await image.png({ ...options, palette: true, colours }).toBuffer();
        expect(png[25]).toBe(3);
        expect(rgbaByCore(png)).toEqual(await rgbaBySharp(png));
      }
    });
  });
});

const KINDS = ([0, 2, 3, 4, 6] as const).flatMap((colour) =>
  ([1, 2, 4, 8, 16] as const)
    .filter((depth) => depth === 8 || (colour === 3 ? depth < 8 : colour === 0 || depth === 16))
    .map((depth) => ({ colour, depth })),
);

/** Any drawing of one kind, with everything that can vary about it. */
function drawings({ colour, depth }: (typeof KINDS)[number]): fc.Arbitrary<Drawing> {
  const size = fc.integer({ min: 1, max: 19 });
  const byte = fc.integer({ min: 0, max: 255 });
  return fc
    .tuple(size, size, depth < 8 ? fc.constant(false) : fc.boolean(), fc.integer({ min: 1, max: 6 }))
    .chain(([width, height, interlaced, pieces]) => {
      const colours = 2 ** Math.min(depth, 8);
      const sample = fc.integer({ min: 0, max: 2 ** depth - 1 });
      const length = width * height * SAMPLES[colour];
      const clear =
        colour === 0 || colour === 2
          ? fc.array(sample, { minLength: SAMPLES[colour], maxLength: SAMPLES[colour] })
          : null;
      return fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        colour: fc.constant(colour),
        depth: fc.constant(depth),
        interlaced: fc.constant(interlaced),
        pieces: fc.constant(pieces),
        samples: fc.array(sample, { minLength: length, maxLength: length, size: "max" }),
        filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
        palette:
          colour === 3
            ? fc.array(byte, { minLength: 3 * colours, maxLength: 3 * colours, size: "max" })
            : fc.constant(undefined),
        transparency: clear
          ? fc.option(
              clear.map((samples) => samples.flatMap((each) => [each >> 8, each & 255])),
              { nil: undefined },
            )
          : fc.option(fc.array(byte, { minLength: 1, maxLength: colours }), { nil: undefined }),
      });
    })
    .filter((drawing) => !isTooSmall(drawing));
}

/** One or two pixels with a transparent colour: fast-png takes its three samples for too many pixels. */
function isTooSmall({ colour, width, height, transparency }: Drawing): boolean {
  return colour === 2 && transparency !== undefined && width * height < 3;
}

/** The definition of each kind, pixel by pixel. */
function definedRgba({ colour, depth, samples, palette, transparency }: Drawing): number[] {
  const count = SAMPLES[colour];
  const level = (sample: number): number => Math.round((sample * 255) / (2 ** depth - 1));
  const clear = transparency
    ?.map((byte, at) => (at % 2 === 0 ? byte * 256 + transparency[at + 1]! : -1))
    .filter((each) => each >= 0);
  return Array.from({ length: samples.length / count }, (_, pixel) => {
    const own = samples.slice(pixel * count, (pixel + 1) * count);
    if (colour === 3) return [...palette!.slice(own[0]! * 3, own[0]! * 3 + 3), transparency?.[own[0]!] ?? 255];
    if (colour >= 4) return [...(colour === 4 ? [own[0]!, own[0]!, own[0]!] : own.slice(0, 3)), own.at(-1)!].map(level);
    const alpha = clear !== undefined && own.every((sample, at) => sample === clear[at]) ? 0 : 255;
    return [...(colour === 0 ? [own[0]!, own[0]!, own[0]!] : own).map(level), alpha];
  }).flat();
}

describe.each(KINDS)("PNG files of colour type $colour with $depth bits a sample", (kind) => {
  it("decode to the pixels their definition says, with any filters, interlaced or not, cut anywhere", () => {
    fc.assert(
      fc.property(drawings(kind), (drawing) => {
        expect(rgbaByCore(writePng(drawing))).toEqual(definedRgba(drawing));
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(KINDS.filter(({ depth }) => depth < 16))(
  "PNG files of colour type $colour with $depth bits a sample",
  (kind) => {
    it("decode as libpng does", async () => {
      await fc.assert(
        fc.asyncProperty(drawings(kind), async (drawing) => {
          const png = writePng(drawing);
          expect(rgbaByCore(png)).toEqual(await rgbaBySharp(png));
        }),
        { numRuns: 40 },
      );
    });
  },
);

describe("a PNG file", () => {
  const pixel = [headerChunk(1, 1, 8, 0), pngChunk("IDAT", deflateSync(Buffer.of(0, 200)))];

  it("is recognised by its signature alone", () => {
    expect(isPng(SIGNATURE)).toBe(true);
    expect(isPng(SIGNATURE.subarray(0, 7))).toBe(false);
    expect(isPng(Buffer.from("not a PNG"))).toBe(false);
  });

  it("may lie anywhere in a larger buffer", () => {
    const padded = Buffer.concat([Buffer.alloc(3), SIGNATURE, ...pixel, END]);
    expect(rgbaByCore(new Uint8Array(padded).subarray(3))).toEqual([200, 200, 200, 255]);
  });

  it.each([
    ["a gamma", "gAMA", Buffer.of(0, 0, 0, 1)],
    ["a text without its separator", "tEXt", Buffer.from("no separator")],
    ["a compressed text that is none", "zTXt", Buffer.from("x\0\0not zlib")],
    ["a colour profile that is none", "iCCP", Buffer.from("x\0\0not zlib")],
    ["half a size", "pHYs", Buffer.alloc(5)],
    ["a palette of another kind of image", "PLTE", Buffer.alloc(768)],
    ["a transparency of another kind of image", "tRNS", Buffer.alloc(3)],
  ])("may carry notes, which are not even read: %s", (_, type, data) => {
    const colour = type === "tRNS" ? 4 : 0;
    const image = pngChunk("IDAT", deflateSync(colour === 4 ? Buffer.of(0, 200, 255) : Buffer.of(0, 200)));
    const png = Buffer.concat([SIGNATURE, headerChunk(1, 1, 8, colour), pngChunk(type, data), image, END]);
    expect(rgbaByCore(png)).toEqual([200, 200, 200, 255]);
  });

  it("ends at its end, regardless of the bytes that follow", () => {
    const png = Buffer.concat([SIGNATURE, ...pixel, END, Buffer.from("trailing")]);
    expect(rgbaByCore(png)).toEqual([200, 200, 200, 255]);
  });

  it.each([
    ["8", "srgb", MAX_PNG_PIXELS],
    ["16", "rgb16", MAX_PNG_PIXELS / 2],
  ] as const)("may be as large as the limit: %s bits a sample", async (depth, space, pixels) => {
    const [width, height] = [1024, pixels / 1024];
    const flat = sharp({ create: { width, height, channels: 4, background: { r: 0x12, g: 0x34, b: 0x56, alpha: 1 } } });
    const png = await flat.toColourspace(space).png().toBuffer();
    expect(png[24]).toBe(Number(depth));
    const { rgba } = decodePng(png);
    expect(rgba).toHaveLength(pixels * 4);
    expect([...rgba.subarray(-4)]).toEqual([0x12, 0x34, 0x56, 255]);
  });
});
