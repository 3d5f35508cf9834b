import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { IS_CHECKOUT, ROOT } from "#node/installation.ts";
import { DIST, SHIPPED_WORKER } from "./folders.ts";
import { unfinishedName } from "./unfinished.ts";
import { workerdConfig } from "./workerd-config.ts";
import { wranglerEnvironment, wranglerScript } from "./wrangler.ts";

/** Everything that can change the bundle. */
const SOURCES = ["core", "schema", "edge", "package.json", "package-lock.json", "wrangler.toml"];

/** Long enough for workerd to read a bundle that was just built. */
const KEPT_MS = 5 * 60_000;

/** The Worker as wrangler bundles it, with workerd's configuration. */
export interface BuiltWorker {
  readonly folder: string;
}

/**
 * Bundles the Worker, unless these very sources have been bundled before. Every version has a folder of its own, so
 * that two who build at once, and one who serves meanwhile, do not disturb each other.
 */
export async function buildWorker(): Promise<BuiltWorker> {
  if (!IS_CHECKOUT) return { folder: SHIPPED_WORKER };
  const folder = join(DIST, `worker-${await fingerprint()}`);
  if (!(await markUsed({ folder }))) await build(folder);
  await removeOld();
  return { folder };
}

/** The bundle counts as new again, so that a concurrent clean-up keeps it. @returns whether it is there */
export async function markUsed({ folder }: BuiltWorker): Promise<boolean> {
  const now = new Date();
  return await utimes(folder, now, now).then(
    () => true,
    () => false,
  );
}

async function build(folder: string): Promise<void> {
  const unfinished = unfinishedName(folder);
  await mkdir(unfinished, { recursive: true });
  await bundle(unfinished);
  await writeFile(join(unfinished, "isobit.capnp"), await workerdConfig(unfinished, await compatibilityDate()));
  await rename(unfinished, folder).catch(async (error: unknown) => {
    if (!existsSync(folder)) throw error;
    await rm(unfinished, { recursive: true });
  });
}

/** Bundles are some 15 MB each. workerd reads its own only while it starts, so a bundle without recent use can go. */
async function removeOld(): Promise<void> {
  const bundles = (await readdir(DIST)).filter((name) => name.startsWith("worker-")).map((name) => join(DIST, name));
  for (const folder of bundles) {
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of await filesOf(source)) hash.update(`${file}\0`).update(await readFile(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(source: string): Promise<string[]> {
  if (source.includes(".")) return [source];
  const names = await readdir(join(ROOT, source), { recursive: true });
  return names
    .filter((name) => /\.(ts|json)$/.test(name))
    .toSorted()
    .map((name) => join(source, name));
}

/** Quiet unless it fails. */
async function bundle(folder: string): Promise<void> {
  // wrangler insists that the folder of assets exists, though it puts nothing of it into the bundle.
  const noAssets = join(folder, "no-assets");
  await mkdir(noAssets);
  const args = [wranglerScript(), "deploy", "--dry-run", "--outdir", folder, "--assets", noAssets];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: wranglerEnvironment(process.env) });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`wrangler could not bundle the Worker:\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  } finally {
    await rm(noAssets, { recursive: true });
  }
}

/** One date for wrangler and for workerd. */
async function compatibilityDate(): Promise<string> {
  const toml = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "([\d-]+)"$/m.exec(toml)?.[1];
  if (date === undefined) throw new Error('wrangler.toml has no line compatibility_date = "…".');
  return date;
}
