import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./subjects.ts";

export interface InstallSize {
  readonly bytes: number;
  /** What a stack needs in addition: workerd for this platform. */
  readonly workerdBytes: number;
  readonly how: string;
}

/** What `npm ci --omit=dev` leaves, in a folder of its own. Needs the package registry. */
export async function installedByNpm(): Promise<InstallSize> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-bench-"));
  try {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) await cp(join(ROOT, file), join(folder, file));
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    await promisify(execFile)("npm", ["ci", "--omit=dev", ...quiet], { cwd: folder });
    const bytes = await bytesIn(join(folder, "node_modules"));
    return { bytes, workerdBytes: await workerdBytes(), how: "after npm ci --omit=dev" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same packages as they lie here: those that package-lock.json does not mark as for development alone. */
export async function installedHere(): Promise<InstallSize> {
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  };
  const served = Object.entries(lock.packages).flatMap(([path, { dev }]) => (path === "" || dev ? [] : [path]));
  const sizes = await Promise.all(served.map((path) => bytesIn(join(ROOT, path), "node_modules")));
  const bytes = sizes.reduce((total, size) => total + size, 0);
  return { bytes, workerdBytes: await workerdBytes(), how: "as it lies here" };
}

async function workerdBytes(): Promise<number> {
  const modules = join(ROOT, "node_modules");
  const binaries = (await readdir(join(modules, "@cloudflare"))).filter((name) => name.startsWith("workerd-"));
  // workerd/bin is a hard link to the platform's own binary.
  const sizes = await Promise.all([
    bytesIn(join(modules, "workerd"), "bin"),
    ...binaries.map((name) => bytesIn(join(modules, "@cloudflare", name))),
  ]);
  return sizes.reduce((total, size) => total + size, 0);
}

/** @param without a folder's name that is left out, wherever it lies; a folder that is not there has nothing in it */
async function bytesIn(folder: string, without?: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== without) bytes += await bytesIn(path, without);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
