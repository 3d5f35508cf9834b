import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { wranglerEnvironment, wranglerScript } from "#edge/node/wrangler.ts";
import { CACHE, ROOT } from "./subjects.ts";

/** A Worker of the benchmark's own, bundled as isobit's is: by wrangler, for the same date. @returns the folder it is in */
export async function bundleWorker(entry: string): Promise<string> {
  const folder = join(CACHE, basename(entry, ".ts"));
  await mkdir(folder, { recursive: true });
  const settings = join(folder, "wrangler.json");
  const main = join(import.meta.dirname, entry);
  await writeFile(settings, JSON.stringify({ name: "bench", main, compatibility_date: await compatibilityDate() }));
  const out = join(folder, "out");
  await promisify(execFile)(
    process.execPath,
    [wranglerScript(), "deploy", "--config", settings, "--dry-run", "--outdir", out],
    { cwd: ROOT, env: wranglerEnvironment(process.env) },
  );
  return out;
}

/** @throws Error where wrangler.toml has none */
export async function compatibilityDate(): Promise<string> {
  const date = /^compatibility_date = "([\d-]+)"$/m.exec(await readFile(join(ROOT, "wrangler.toml"), "utf8"))?.[1];
  if (date === undefined) throw new Error('wrangler.toml has no line compatibility_date = "…".');
  return date;
}
