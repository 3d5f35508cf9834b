import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withRelativeImports } from "./relative-imports.ts";
import { runScript } from "./run-script.ts";

/** The package's public entries, as package.json's `exports` names them. */
const ENTRIES = ["core/index.d.ts", "library/index.d.ts", "library/vitest.d.ts"];

/** Where `tsc --build` puts the declarations of every folder; `outDir` of tsconfig.json. */
const BUILT = ".isobit/types";

/** Types of the public entries and of what they mention, next to the compiled JavaScript. */
export async function declare(folder: string): Promise<void> {
  await runScript("node_modules/typescript/bin/tsc", ["--build", "library"]);
  const waiting = [...ENTRIES];
  const found = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const code = withRelativeImports(await readFile(join(BUILT, file), "utf8"), file, (path) => {
      const types = path.replace(/\.js$/, ".d.ts");
      if (!found.has(types)) waiting.push(types);
      found.add(types);
    });
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }
}
