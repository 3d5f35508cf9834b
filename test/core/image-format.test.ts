import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { checkImageFormat } from "#core/image/image-format.ts";

const image = () => sharp({ create: { width: 8, height: 8, channels: 3, background: "teal" } });

describe("what may go to the decoder", () => {
  it.each([
    ["JPEG", () => image().jpeg()],
    ["progressive JPEG", () => image().jpeg({ progressive: true })],
    ["WebP", () => image().webp()],
    ["lossless WebP", () => image().webp({ lossless: true })],
    ["AVIF", () => image().avif()],
    ["GIF", () => image().gif()],
    ["TIFF", () => image().tiff()],
    ["BigTIFF", () => image().tiff({ bigtiff: true })],
  ])("%s as sharp writes it", async (_name, make) => {
    const file = await make().toBuffer();
    expect(() => checkImageFormat(file)).not.toThrow();
  });

  it.each([
    ["little-endian", "II*\0"],
    ["big-endian", "MM\0*"],
    ["big-endian BigTIFF", "MM\0+"],
  ])("TIFF as others write it: %s", (_name, start) => {
    expect(() => checkImageFormat(Buffer.from(start))).not.toThrow();
  });
});

describe("what may not", () => {
  it.each([
    ["nothing", ""],
    ["text", "I am a poem about the number seven."],
    ["HTML", "<!doctype html><title>7</title>"],
    ["PDF", "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ["a RIFF file of another kind", "RIFF\x24\0\0\0WAVEfmt "],
    ["the first two bytes of a JPEG", "\xff\xd8"],
    ["a signature that starts later", " GIF89a"],
  ])("%s", (_name, content) => {
    expect(() => checkImageFormat(Buffer.from(content, "latin1"))).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_IMAGE",
        message: expect.stringContaining("PNG, JPEG, WebP, AVIF, GIF and TIFF"),
      }),
    );
  });
});
