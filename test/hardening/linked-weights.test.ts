import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readComparedModel } from "#library/compare/compared-model.ts";
import { readSourceModel } from "#library/exactify/source-model.ts";
import { loadServedModels } from "../../models/load.ts";
import { split } from "../onnx/split-weights.ts";
import { runOriginToItsEnd } from "../support/origin.ts";

/* Weights in another file are read in the model's own folder only, wherever a link there points to. */

const { bytes, weights } = split();
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "isobit-links-"));
  await mkdir(join(root, "outside"));
  await writeFile(join(root, "outside", "w.bin"), weights);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A model whose w.bin is a link. */
async function linked(name: string, target: string, files: readonly string[] = []): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, "model.onnx"), bytes);
  for (const file of files) await writeFile(join(folder, file), weights);
  await symlink(target, join(folder, "w.bin"));
  return join(folder, "model.onnx");
}

const READERS = {
  serving: async (path: string) => (await loadServedModels({ MODEL: path }))[0]!.executed,
  compare: async (path: string) => (await readComparedModel(path, { asIs: true, preprocess: {} })).executed,
  exactify: async (path: string) => (await readSourceModel(path, {})).executed,
};

describe.each(Object.entries(READERS))("external weights, read for %s", (reader, read) => {
  it("are refused through a link out of the folder, absolute or relative", async () => {
    for (const [at, target] of [join(root, "outside", "w.bin"), "../outside/w.bin"].entries()) {
      const path = await linked(`${reader}-${at}`, target);
      await expect(read(path)).rejects.toThrow(/"w\.bin" are a symbolic link out of the model's folder/);
    }
  });

  it("are refused through a link to a folder outside", async () => {
    const path = await linked(`${reader}-folder`, "../outside");
    await expect(read(path)).rejects.toThrow(/out of the model's folder/);
  });

  it("are read through a link within the folder, and in a folder that is a link itself", async () => {
    const path = await linked(`${reader}-inside`, "real.bin", ["real.bin"]);
    const expected = await read(path);
    await symlink(`${reader}-inside`, join(root, `${reader}-link`));
    expect(await read(join(root, `${reader}-link`, "model.onnx"))).toEqual(expected);
  });
});

it("the origin does not start with such a model", async () => {
  const { exitCode, logs } = await runOriginToItsEnd({ env: { MODEL: await linked("origin", "../outside/w.bin") } });
  expect([exitCode, logs]).toEqual([1, expect.stringMatching(/symbolic link out of the model's folder/)]);
});
