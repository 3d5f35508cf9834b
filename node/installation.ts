import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Where isobit's own files are: the checkout, or the installed package's JavaScript, which has the same folders. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** False in an installed package, which has the page and the Worker built, and not what builds them. */
export const IS_CHECKOUT = existsSync(join(ROOT, "wrangler.toml"));

/** The path of a script of isobit. @param name from its root, without extension, e.g. "origin/main" */
export function scriptPath(name: string): string {
  return join(ROOT, entryFile(import.meta.url, name));
}

/** A script's URL, which `--import` takes on every system. @param name as for scriptPath */
export function scriptUrl(name: string): string {
  return pathToFileURL(scriptPath(name)).href;
}

/** A script's name with the extension of the files that run: .ts in the checkout, .js in the package. @param self import.meta.url */
export function entryFile(self: string, name: string): string {
  const path = self.replace(/[?#].*$/s, "");
  return name + path.slice(path.lastIndexOf("."));
}
