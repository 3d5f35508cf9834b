import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT } from "#node/installation.ts";
import { withRelativePaths } from "./relative-paths.ts";
import { runScript } from "./run-script.ts";

/** What package.json's `exports` point at. */
const ENTRIES = ["core/index.d.ts", "library/index.d.ts", "library/vitest.d.ts"];

/** Writes the types of the package's entries, and of the files that those name. */
export async function writeDeclarations(folder: string): Promise<void> {
  await mkdir(join(ROOT, ".isobit"), { recursive: true });
  const written = await mkdtemp(join(ROOT, ".isobit", "declarations-"));
  try {
    const project = "cli/package/tsconfig.declarations.json";
    await runScript("node_modules/typescript/bin/tsc", ["--project", project, "--outDir", written]);
    const needed = new Set(ENTRIES);
    // The loop also visits what it adds to the set.
    for (const file of needed) {
      const { code, imports } = withRelativePaths(file, await readFile(join(written, file), "utf8"));
      for (const path of imports) needed.add(path.replace(/\.ts$/, ".d.ts"));
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), code);
    }
  } finally {
    await rm(written, { recursive: true, force: true });
  }
}
