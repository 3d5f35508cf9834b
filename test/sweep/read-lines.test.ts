import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLines } from "#library/sweep/read-lines.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-lines-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function linesOf(bytes: Uint8Array): Promise<{ text: string; nextAt: number }[]> {
  const path = join(folder, "lines");
  await writeFile(path, bytes);
  const handle = await open(path);
  const lines = [];
  for await (const line of readLines(handle)) lines.push(line);
  await handle.close();
  return lines;
}

test("only text that ends with a newline is a line, wherever the file is cut", async () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.double({ min: 0, max: 1, noNaN: true }), async (texts, share) => {
      const whole = Buffer.from(texts.map((text) => `${text}\n`).join(""));
      const torn = whole.subarray(0, Math.floor(whole.length * share));
      const ends = [...torn.entries()].flatMap(([index, byte]) => (byte === 10 ? [index + 1] : []));
      const found = await linesOf(torn);
      expect(found.map(({ nextAt }) => nextAt)).toEqual(ends);
      expect(found.map(({ text }) => text)).toEqual(
        ends.map((end, index) => torn.toString("utf8", ends[index - 1] ?? 0, end - 1)),
      );
    }),
    { numRuns: 100 },
  );
});

test("lines longer than what is read at once", async () => {
  const long = "ä".repeat(1_500_000);
  const found = await linesOf(Buffer.from(`${long}\nshort\n${long}\ntorn`));
  expect(found.map(({ text }) => text.length)).toEqual([1_500_000, 5, 1_500_000]);
});
