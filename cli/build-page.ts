import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { IsobitError } from "#core/errors.ts";
import { IS_CHECKOUT, ROOT } from "#node/installation.ts";
import { describeExit, launch } from "#library/stack/launch.ts";
import { nodeCommand } from "#library/stack/side-commands.ts";
import type { Variables } from "#library/stack/stack-settings.ts";

const BUILT_PAGE = join(ROOT, "dist", "web", "index.html");
/** What the page is built from. */
const SOURCES = ["web", "core", "package.json", "package-lock.json"];
const VITE = ["node_modules/vite/bin/vite.js", "build", "--config", "web/vite.config.ts", "--logLevel", "warn"];

/**
 * Whether the page is older than its sources. Folders are compared too, because a deleted file changes only its folder.
 * False in an installed package, which contains the built page.
 */
export async function pageIsStale(): Promise<boolean> {
  if (!IS_CHECKOUT) return false;
  if (!existsSync(BUILT_PAGE)) return true;
  const built = (await stat(BUILT_PAGE)).mtimeMs;
  const times = await Promise.all(SOURCES.map((source) => newestUnder(join(ROOT, source))));
  return Math.max(...times) > built;
}

/** Builds the web client, which the edge adds to its assets. @throws IsobitError with Vite's last lines */
export async function buildPage(
  variables: Variables,
  stop: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  // Test runners set another NODE_ENV, with which Vite would bundle React's larger and slower development build.
  const vite = launch(nodeCommand("web", VITE, { ...variables, NODE_ENV: "production" }), onLine);
  stop.addEventListener("abort", () => vite.kill(), { once: true });
  const exit = await vite.exit;
  if (stop.aborted) throw new IsobitError("ABORTED", "Stopped before the page was built.");
  if (exit.code !== 0) {
    throw new IsobitError(
      "STACK_FAILED",
      `The page could not be built: Vite ${describeExit(exit)}.\n${vite.errorLines().join("\n")}`,
    );
  }
}

async function newestUnder(path: string): Promise<number> {
  const own = (await stat(path)).mtimeMs;
  if (!(await stat(path)).isDirectory()) return own;
  const entries = await readdir(path, { recursive: true });
  const times = await Promise.all(entries.map(async (entry) => (await stat(join(path, entry))).mtimeMs));
  return Math.max(own, ...times);
}
