import { posix } from "node:path";

const SPECIFIER = /(\bfrom |\bimport |\bimport\()"([#.][^"]+)"/g;

/**
 * A compiled file with imports that need no package.json to be understood: relative, ending in .js.
 * @param file its path from the root of the package
 * @param onImport called with each file that it imports, by the path from the root
 */
export function withRelativeImports(code: string, file: string, onImport: (path: string) => void = () => {}): string {
  const from = posix.dirname(file);
  return code.replaceAll(SPECIFIER, (whole, how: string, specifier: string) => {
    if (!/\.(ts|js)$/.test(specifier)) return whole;
    const target = specifier.startsWith("#") ? specifier.slice(1) : posix.join(from, specifier);
    const path = target.replace(/\.ts$/, ".js");
    onImport(path);
    const relative = posix.relative(from, path);
    return `${how}"${relative.startsWith(".") ? relative : `./${relative}`}"`;
  });
}
