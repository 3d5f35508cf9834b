import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { withRelativePaths } from "./relative-paths.ts";
import { runScript } from "./run-script.ts";

/** What only a checkout can do: building and reloading. */
const LEFT_OUT = ["node/restart-on-change.js", "edge/build.js", "edge/worker.js", "origin/main-deno.js"];

/**
 * Every source as JavaScript, one file each: a process entry then lies where the checkout has it.
 * @throws Error where a file would look for a TypeScript one
 */
export async function compile(folder: string): Promise<void> {
  await runScript("node_modules/typescript/bin/tsc", ["--project", "cli/package/tsconfig.json", "--outDir", folder]);
  for (const file of LEFT_OUT) await rm(join(folder, file));
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith(".js")) continue;
    const { code } = withRelativePaths(file.split(sep).join("/"), await readFile(join(folder, file), "utf8"));
    refuseTypeScript(file, code);
    await writeFile(join(folder, file), code);
  }
}

function refuseTypeScript(file: string, code: string): void {
  const named =
    /new URL\(\s*["'`][^"'`]*\.ts["'`]/.exec(code)?.[0] ?? /(?:from|import\()\s*["']\.[^"']*\.ts["']/.exec(code)?.[0];
  if (named === undefined) return;
  throw new Error(
    `${file} names a TypeScript file (${named}). Get the paths of scripts from scriptPath of node/installation.ts.`,
  );
}
