import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDERS = ["core", "node", "library", "schema", "edge", "origin", "models", "images", "web", "cli"];
const FILES = ["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "wrangler.toml"];

export interface CheckoutCopy {
  readonly root: string;
  /** Changes a file as git and `sed -i` do: a new file takes its name. @param path from the root */
  replace(path: string, changed: (text: string) => string): Promise<void>;
  remove(): Promise<void>;
}

/** What git has of the product and its package, without node_modules. */
export async function copySources(into: string): Promise<void> {
  await Promise.all([...FOLDERS, ...FILES].map((name) => cp(join(ROOT, name), join(into, name), { recursive: true })));
}

/** A copy of this checkout whose sources a test may change. Its node_modules are hard links. Linux only. */
export async function copyCheckout(): Promise<CheckoutCopy> {
  // Hard links need the same file system.
  await mkdir(join(ROOT, "dist"), { recursive: true });
  const root = await mkdtemp(join(ROOT, "dist", "checkout-"));
  await copySources(root);
  await promisify(execFile)("cp", ["-al", join(ROOT, "node_modules"), root]);
  return {
    root,
    async replace(path, changed) {
      const file = join(root, path);
      const text = await readFile(file, "utf8");
      const next = changed(text);
      if (next === text) throw new Error(`the change leaves ${path} as it is`);
      const unfinished = join(root, `${basename(path)}.unfinished`);
      await writeFile(unfinished, next);
      await rename(unfinished, file);
    },
    remove: () => rm(root, { recursive: true }),
  };
}
