import { constants, deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { IsobitError } from "#core/errors.ts";
import { MAX_PNG_PIXELS } from "#core/limits.ts";
import { decodePng } from "#core/image/png/png.ts";
import { END, headerChunk, pngChunk, SIGNATURE, writePng } from "./write-png.ts";

/** The refusal, or null where the file was decoded. Any other exception fails the test. */
function refusal(bytes: Uint8Array): IsobitError | null {
  try {
    decodePng(bytes);
    return null;
  } catch (error) {
    if (error instanceof IsobitError) return error;
    throw error;
  }
}

function expectUnsupported(bytes: Uint8Array, reason: RegExp): void {
  const error = refusal(bytes);
  expect(error?.code).toBe("UNSUPPORTED_IMAGE");
  expect(error?.message).toMatch(reason);
}

const grey = (data: Uint8Array): Buffer => pngChunk("IDAT", deflateSync(data));
const onePixel = grey(Buffer.of(0, 200));
const file = (...chunks: Uint8Array[]): Buffer => Buffer.concat([SIGNATURE, ...chunks, END]);

const palette = writePng({
  width: 9,
  height: 5,
  colour: 3,
  depth: 8,
  interlaced: true,
  samples: Array.from({ length: 45 }, (_, at) => at % 4),
  palette: [0, 0, 0, 10, 20, 30, 200, 100, 50, 255, 255, 255],
  transparency: [0, 128],
  filters: [0, 1, 2, 3, 4],
  pieces: 3,
});

describe("a damaged PNG", () => {
  it.each(["a grey digit", "an interlaced palette"])("cut short at any byte is refused: %s", async (kind) => {
    const digit = await sharp(Buffer.alloc(784, 7), { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer();
    const whole = kind === "a grey digit" ? digit : palette;
    expect(refusal(whole)).toBeNull();
    for (let length = 0; length < whole.length; length++) {
      expectUnsupported(whole.subarray(0, length), /This PNG cannot be read: .*(cut short|signature).* Save it again/);
    }
  });

  it("with any one byte changed is refused", () => {
    for (let at = 0; at < palette.length; at++) {
      const changed = Buffer.from(palette);
      changed[at]! ^= 1;
      const error = refusal(changed);
      // A size in the header is looked at before the header's checksum.
      expect(["UNSUPPORTED_IMAGE", "INPUT_TOO_LARGE"], `byte ${at}`).toContain(error?.code);
    }
  });

  it("made of any bytes at all is refused or decoded, and nothing else", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const type = fc.constantFrom("PLTE", "tRNS", "IDAT", "IEND", "IHDR", "tEXt", "ABCD");
    const size = fc.integer({ min: 0, max: 40 });
    const chunk = fc.oneof(
      fc.tuple(type, bytes).map(([name, data]) => pngChunk(name, data)),
      bytes.map((data) => grey(data)),
      bytes,
    );
    const header = fc
      .tuple(size, size, fc.constantFrom(1, 2, 4, 8, 16, 3), fc.constantFrom(0, 2, 3, 4, 6, 1), fc.nat({ max: 2 }))
      .map((fields) => headerChunk(...fields));
    fc.assert(
      fc.property(header, fc.array(chunk, { maxLength: 6 }), (first, chunks) => {
        const error = refusal(file(first, ...chunks));
        if (error) expect(error.code).toBe("UNSUPPORTED_IMAGE");
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["no file at all", new Uint8Array(0), /signature/],
    ["a text", Buffer.from("Hello, I am a PNG."), /signature/],
    ["a header alone", Buffer.concat([SIGNATURE, headerChunk(1, 1, 8, 0)]), /cut short, after 33 bytes/],
    ["another first chunk", file(onePixel, headerChunk(1, 1, 8, 0)), /not a header/],
    ["no pixels", file(headerChunk(0, 1, 8, 0), onePixel), /0 x 1 pixels/],
    ["a colour type that is none", file(headerChunk(1, 1, 8, 1), onePixel), /colour type 1 with 8 bits/],
    ["a depth its colour type cannot have", file(headerChunk(1, 1, 4, 2), onePixel), /colour type 2 with 4 bits/],
    ["an interlace method that is none", file(headerChunk(1, 1, 8, 0, 2), onePixel), /interlace 2/],
    ["two headers", file(headerChunk(1, 1, 8, 0), headerChunk(1, 1, 8, 0), onePixel), /unsupported chunk \(IHDR\)/],
    [
      "a critical chunk nobody knows",
      file(headerChunk(1, 1, 8, 0), pngChunk("CgBI", Buffer.alloc(4)), onePixel),
      /CgBI/,
    ],
    ["no image data", file(headerChunk(1, 1, 8, 0)), /no image data/],
    ["empty image data", file(headerChunk(1, 1, 8, 0), pngChunk("IDAT", Buffer.alloc(0))), /cut short/],
    [
      "a zlib header and nothing else",
      file(headerChunk(1, 1, 8, 0), pngChunk("IDAT", Buffer.of(0x78, 0x9c))),
      /cut short/,
    ],
    [
      "image data that ends in the middle",
      file(headerChunk(4, 4, 8, 0), pngChunk("IDAT", deflateSync(Buffer.from([...Array(20).keys()])).subarray(0, 12))),
      /cut short/,
    ],
    [
      "stored bytes, too many",
      file(headerChunk(1, 1, 8, 0), pngChunk("IDAT", deflateSync(Buffer.alloc(900), { level: 0 }))),
      /more than its header/,
    ],
    [
      "a small file that inflates to eight megabytes",
      file(headerChunk(28, 28, 8, 0), grey(Buffer.alloc(8_000_000))),
      /more than its header/,
    ],
    [
      "image data that is not zlib",
      file(headerChunk(1, 1, 8, 0), pngChunk("IDAT", Buffer.from("not zlib!"))),
      /damaged/,
    ],
    ["a row too few", file(headerChunk(1, 2, 8, 0), onePixel), /image data is cut short/],
    ["a byte too many", file(headerChunk(1, 1, 8, 0), grey(Buffer.of(0, 200, 0))), /more than its header/],
    ["a filter that is none", file(headerChunk(1, 1, 8, 0), grey(Buffer.of(5, 200))), /the decoder says ".*filter: 5"/],
    ["a palette that is missing", file(headerChunk(1, 1, 8, 3), onePixel), /palette \(PLTE\) that is missing/],
    [
      "a palette of half a colour",
      file(headerChunk(1, 1, 8, 3), pngChunk("PLTE", Buffer.alloc(4)), onePixel),
      /4 bytes/,
    ],
    [
      "a colour its palette lacks",
      file(headerChunk(1, 1, 8, 3), pngChunk("PLTE", Buffer.alloc(9)), onePixel),
      /the decoder says ".*palette/,
    ],
    [
      "more alphas than colours",
      file(
        headerChunk(1, 1, 8, 3),
        pngChunk("PLTE", Buffer.alloc(3)),
        pngChunk("tRNS", Buffer.alloc(2)),
        grey(Buffer.of(0, 0)),
      ),
      /2 alpha values for 1/,
    ],
    [
      "half a transparent colour",
      file(headerChunk(1, 1, 8, 0), pngChunk("tRNS", Buffer.alloc(1)), onePixel),
      /1 bytes instead of 2/,
    ],
  ])("with %s says so", (_, bytes, reason) => {
    expectUnsupported(bytes, reason);
  });
});

describe("a PNG that is whole, but of a form that is not read", () => {
  it.each([
    [0, 1, /1 bit per sample/],
    [0, 2, /2 bits per sample/],
    [3, 4, /4 bits per sample/],
  ] as const)(
    "because it is interlaced below 8 bits says how to save it (colour type %d, %d bits)",
    (colour, depth, bits) => {
      const png = writePng({ width: 1, height: 1, colour, depth, interlaced: true, samples: [0], palette: [1, 2, 3] });
      expectUnsupported(png, bits);
      expectUnsupported(png, /Save it without interlacing/);
    },
  );

  it("because one or two pixels have a transparent colour is refused", () => {
    const clear = pngChunk("tRNS", Buffer.alloc(6));
    expectUnsupported(file(headerChunk(2, 1, 8, 2), clear, grey(Buffer.alloc(7))), /the decoder says/);
    expect(refusal(file(headerChunk(3, 1, 8, 2), clear, grey(Buffer.alloc(10))))).toBeNull();
  });
});

describe("a PNG that is too large", () => {
  it("is refused from its header, whatever follows and whether its checksum is right", () => {
    const header = headerChunk(30_000, 30_000, 8, 6);
    const unchecked = Buffer.concat([header.subarray(0, -4), Buffer.alloc(4)]);
    for (const bytes of [
      file(header, onePixel),
      Buffer.concat([SIGNATURE, header]),
      Buffer.concat([SIGNATURE, unchecked]),
    ]) {
      const error = refusal(bytes);
      expect(error?.code).toBe("INPUT_TOO_LARGE");
      expect(error?.message).toContain("30000 x 30000");
    }
  });

  it("is refused at one pixel over the limit, in any shape", () => {
    expect(refusal(file(headerChunk(MAX_PNG_PIXELS / 1024, 1025, 1, 0), onePixel))?.code).toBe("INPUT_TOO_LARGE");
    expect(refusal(file(headerChunk(MAX_PNG_PIXELS + 1, 1, 1, 0), onePixel))?.code).toBe("INPUT_TOO_LARGE");
    expect(refusal(file(headerChunk(0xffff_ffff, 0xffff_ffff, 1, 0), onePixel))?.code).toBe("INPUT_TOO_LARGE");
    expectUnsupported(file(headerChunk(MAX_PNG_PIXELS / 1024, 1024, 1, 0), onePixel), /cut short/);
  });

  it("is refused at half as many pixels where each takes twice the bytes", () => {
    expect(refusal(file(headerChunk(MAX_PNG_PIXELS / 2 + 1, 1, 16, 6), onePixel))?.code).toBe("INPUT_TOO_LARGE");
    expectUnsupported(file(headerChunk(MAX_PNG_PIXELS / 2, 1, 16, 6), onePixel), /cut short/);
  });

  it("is refused when its data inflates beyond its header, without being inflated to the end", () => {
    // 8 MB of zeros deflate to 8 kB that end at a byte, so the same 8 kB can follow 1,200 times: 10 GB in a 10 MB file.
    const zlibHeader = Buffer.of(0x78, 0x9c);
    const zeros = deflateRawSync(Buffer.alloc(8_000_000), { finishFlush: constants.Z_FULL_FLUSH });
    const bomb = file(
      headerChunk(28, 28, 8, 0),
      pngChunk("IDAT", Buffer.concat([zlibHeader, ...Array(1_200).fill(zeros)])),
    );
    const before = process.memoryUsage().arrayBuffers;
    expectUnsupported(bomb, /more than its header/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });
});
