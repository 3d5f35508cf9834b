import { posix } from "node:path";

const SPECIFIER = /(\b(?:from|import)\s*\(?\s*)"([^"]+)"/g;

export interface Relinked {
  readonly code: string;
  /** The sources that it imports, relative to the checkout. */
  readonly imports: readonly string[];
}

/**
 * JavaScript or a declaration whose imports of isobit's own files are relative paths of JavaScript. Node would look up
 * aliases such as "#core/…" in the nearest package.json, bundlers and compilers only in the package's root.
 * @param file its path in the checkout, with slashes
 */
export function withRelativePaths(file: string, code: string): Relinked {
  const imports: string[] = [];
  const relinked = code.replace(SPECIFIER, (whole, before: string, specifier: string) => {
    const path = sourceOf(specifier, file);
    if (path === undefined) return whole;
    imports.push(path);
    const relative = posix.relative(posix.dirname(file), path).replace(/\.ts$/, ".js");
    return `${before}"${relative.startsWith(".") ? relative : `./${relative}`}"`;
  });
  return { code: relinked, imports };
}

/** Undefined for another package. */
function sourceOf(specifier: string, file: string): string | undefined {
  if (specifier.startsWith("#")) return specifier.slice(1);
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : undefined;
}
