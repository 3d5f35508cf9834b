import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { ask, base64 } from "../support/graphql.ts";
import { type SharedStack, sharedStack } from "../support/shared-stack.ts";

/* An image becomes the same tensor on the side it it is sent to, and which one decodes it. */

let stack: SharedStack;
beforeAll(async () => {
  stack = await sharedStack();
});

const PARITY = `query ($inputs: [ImageInput!]) { parity(inputs: $inputs, backends: [WASM, CPU], model: "digits") {
  rows { inputSha256 outputs { prediction { label logits { bits } } error { code message } } }
} }`;

const seven = await readFile(new URL("../../images/7.png", import.meta.url));
const large = () => sharp(seven).resize(900, 700, { fit: "fill" }).tint("orange");

async function rowsFrom(url: string, files: readonly Buffer[]) {
  const { body } = await ask(url, PARITY, { inputs: files.map((file) => ({ file: base64(file) })) });
  expect(body.errors).toBeUndefined();
  return body.data.parity.rows;
}

describe("the same image sent to the edge and to the origin", () => {
  it("is the same input with the same logits, in every format", async () => {
    const files = await Promise.all([
      sharp(seven).jpeg().toBuffer(),
      large().jpeg({ quality: 70 }).toBuffer(),
      large().webp().toBuffer(),
      large().gif().toBuffer(),
      large().png().toBuffer(),
      seven,
    ]);
    const [edge, origin] = [await rowsFrom(stack.edgeUrl, files), await rowsFrom(stack.originUrl, files)];
    expect(edge).toEqual(origin);
    const hashes = edge.map((row: { inputSha256: string }) => row.inputSha256);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    // Six views of one digit, at least two of which are different images: the files were looked at.
    expect(new Set(hashes).size).toBeGreaterThan(1);
  });

  it("may be a photograph whose pixels a Worker could not hold", async () => {
    const photograph = await sharp({ create: { width: 4096, height: 4096, channels: 3, background: "#406080" } })
      .jpeg()
      .toBuffer();
    const [edge] = await rowsFrom(stack.edgeUrl, [photograph]);
    const [origin] = await rowsFrom(stack.originUrl, [photograph]);
    expect(edge.inputSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(edge).toEqual(origin);
  });

  it("is the same input when inverted on either side, and that of its negative", async () => {
    const black = await sharp(seven).flatten().negate().png().toBuffer();
    const jpeg = await large().jpeg().toBuffer();
    const inputs = [black, jpeg].map((file) => ({ inverted: { file: base64(file) } }));
    const rowsOf = async (url: string) => (await ask(url, PARITY, { inputs })).body.data.parity.rows;
    const [edge, origin, [plain]] = [
      await rowsOf(stack.edgeUrl),
      await rowsOf(stack.originUrl),
      await rowsFrom(stack.edgeUrl, [seven]),
    ];
    expect(edge).toEqual(origin);
    expect(edge[0]).toEqual(plain);
    expect(edge[1].inputSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is refused in the same words where it is damaged, and only that one", async () => {
    const whole = await large().jpeg().toBuffer();
    const files = [whole, whole.subarray(0, 2000), await sharp(seven).webp().toBuffer()];
    const [edge, origin] = [await rowsFrom(stack.edgeUrl, files), await rowsFrom(stack.originUrl, files)];
    expect(edge.map((row: { inputSha256: string | null }) => row.inputSha256 === null)).toEqual([false, true, false]);
    expect(edge[1].outputs[0].error).toEqual({
      code: "UNSUPPORTED_IMAGE",
      message: expect.stringMatching(/^The image is cut short or damaged/),
    });
    expect(edge).toEqual(origin);
  });
});
