import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { entryFile } from "#node/entry-file.ts";

/** Where isobit's own files lie: the checkout, or the installed package's JavaScript, which has the same folders. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** False in an installed package: its page and its Worker are built, and what builds them is not there. */
export const IS_CHECKOUT = existsSync(join(ROOT, "wrangler.toml"));

/** The path of a script of isobit's own. @param name from its root, without an ending, e.g. "origin/main" */
export function scriptPath(name: string): string {
  return join(ROOT, entryFile(import.meta.url, name));
}
