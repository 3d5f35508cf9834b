import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseIdx } from "#core/image/idx.ts";
import type { ImageEntry } from "#core/image/image.ts";
import { firstOfEachDigit, makeImages } from "../../images/make.ts";
import { type LabelledImages, pixelsOf, readMnist } from "../../images/mnist.ts";

const COMMITTED = new URL("../../images/", import.meta.url);
const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
// Where MNIST's own training labels first show each digit: they begin 5 0 4 1 9 2 1 3 1 4 3 5 3 6 1 7 2 8.
const FIRST_INDEX = [1, 3, 5, 7, 2, 0, 13, 15, 17, 4];

let set: LabelledImages;
let folder: string;

beforeAll(async () => {
  set = await readMnist("training");
  folder = await mkdtemp(join(tmpdir(), "isobit-images-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function committedManifest(): Promise<ImageEntry[]> {
  return JSON.parse(await readFile(new URL("manifest.json", COMMITTED), "utf8"));
}

describe("the ten images", () => {
  it("come out byte for byte as they are committed", async () => {
    await makeImages(set, folder);
    const names = (await readdir(folder)).toSorted();
    expect(names).toEqual([...DIGITS.map((digit) => `${digit}.png`), "manifest.json"]);
    for (const name of names) {
      const again = await readFile(join(folder, name));
      expect(again.equals(await readFile(new URL(name, COMMITTED))), `${name} differs: run npm run make:images`).toBe(
        true,
      );
    }
  });

  it("are the first of each digit in the training set", () => {
    expect(set.count).toBe(60_000);
    expect(firstOfEachDigit(set)).toEqual(FIRST_INDEX);
  });

  it("decode to the training set's own pixels, in one 8-bit channel", async () => {
    for (const entry of await committedManifest()) {
      const png = await readFile(new URL(entry.file, COMMITTED));
      // IHDR: bit depth 8, colour type 0 (grey without alpha).
      expect([png[24], png[25]]).toEqual([8, 0]);
      const { data, info } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: 28, height: 28, channels: 1 });
      expect(new Uint8Array(data)).toEqual(new Uint8Array(pixelsOf(set, FIRST_INDEX[Number(entry.id)]!)));
    }
  });

  it("stand in the manifest with their size and SHA-256, in the order of their ids", async () => {
    const manifest = await committedManifest();
    expect(manifest.map((entry) => entry.id)).toEqual(DIGITS);
    for (const entry of manifest) {
      const png = await readFile(new URL(entry.file, COMMITTED));
      const sha256 = createHash("sha256").update(png).digest("hex");
      expect(entry).toEqual({ id: entry.id, label: entry.id, file: `${entry.id}.png`, width: 28, height: 28, sha256 });
    }
  });
});

describe("an IDX file", () => {
  const anyShape = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 });

  it("gives back its shape and bytes, wherever in a buffer it lies", () => {
    fc.assert(
      fc.property(anyShape, fc.nat(5), (shape, offset) => {
        const bytes = Uint8Array.from({ length: product(shape) }, (_, i) => (i * 37) & 255);
        const inside = new Uint8Array(offset + 4 + 4 * shape.length + bytes.length).subarray(offset);
        inside.set(idx(shape, bytes));
        expect(parseIdx(inside, shape.length)).toEqual({ shape, bytes });
      }),
    );
  });

  it("is refused when it is cut short, too long, of another rank or of another type", () => {
    fc.assert(
      fc.property(anyShape, (shape) => {
        const file = idx(shape, new Uint8Array(product(shape)));
        expect(() => parseIdx(file.subarray(0, -1), shape.length)).toThrow(/IDX/);
        expect(() => parseIdx(Uint8Array.from([...file, 0]), shape.length)).toThrow(/header states/);
        expect(() => parseIdx(file, shape.length + 1)).toThrow(/not an IDX file/);
        expect(() => parseIdx(file.with(2, 13), shape.length)).toThrow(/not an IDX file/);
      }),
    );
  });
});

function product(shape: number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}

function idx(shape: number[], bytes: Uint8Array): Uint8Array {
  const header = shape.flatMap((length) => [0, 0, 0, length]);
  return Uint8Array.from([0, 0, 8, shape.length, ...header, ...bytes]);
}
