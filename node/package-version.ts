import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The installed version of a package, also where its `exports` hide package.json; null where it is not installed. */
export function packageVersion(name: string): string | null {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const path = folders.map((folder) => join(folder, name, "package.json")).find((each) => existsSync(each));
  return path === undefined ? null : (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}
