import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { buildWorker } from "#edge/node/build-worker.ts";

describe("the bundle", () => {
  it("stays within what a Worker may weigh, and needs nothing but its own files", async () => {
    const { folder } = await buildWorker();
    const files = await readdir(folder);
    const sizes = await Promise.all(
      files
        .filter((file) => /\.(js|wasm)$/.test(file))
        .map(async (file) => gzipSync(await readFile(join(folder, file))).length),
    );
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4_200_000);
    const imports = (await readFile(join(folder, "worker.js"), "utf8")).matchAll(/^import .* from "(.*)";$/gm);
    const outside = [...imports]
      .map((match) => match[1])
      .filter((name) => !files.includes(name?.replace("./", "") ?? ""));
    expect(outside.filter((name) => !name?.startsWith("cloudflare:"))).toEqual([]);
  });

  it("is found again while no source changes", async () => {
    expect(await buildWorker()).toEqual(await buildWorker());
  });
});
