import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { pageIsStale, buildPage } from "../build-page.ts";
import { ROOT } from "#node/installation.ts";
import { compile } from "./compile.ts";
import { declare } from "./declare.ts";
import { runScript } from "./run-script.ts";

/*
 * npm pack's first step: what the npm package runs, as JavaScript, because Node strips no types under node_modules.
 * It has the folders of the checkout, so that every path between its files is the same.
 */

const TARGET = join(ROOT, "dist", "package");

async function build(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (await pageIsStale()) await buildPage(process.env, new AbortController().signal, console.error);
  await compile(folder);
  await declare(folder);
  await runScript("edge/build.ts", ["--worker", join(folder, "dist", "edge", "worker")]);
  await cp(join(ROOT, "dist", "web"), join(folder, "dist", "web"), { recursive: true });
  // The HTML report reads the page's colours.
  await cp(join(ROOT, "web/styles/tokens.css"), join(folder, "web/styles/tokens.css"));
  await copyListed(folder, "models", ({ models }: { models: { file: string }[] }) => models.map(({ file }) => file));
  await copyListed(folder, "images", (entries: { file: string }[]) => entries.map(({ file }) => file));
  await writeFile(join(folder, "package.json"), await innerManifest());
}

/** A folder's manifest.json and the files that it lists, each with its sidecar and its card where it has them. */
async function copyListed<Manifest>(
  folder: string,
  name: string,
  filesOf: (manifest: Manifest) => readonly string[],
): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, name, "manifest.json"), "utf8")) as Manifest;
  const listed = filesOf(manifest);
  const beside = listed.flatMap((file) => [`${file}.json`, file.replace(/\.\w+$/, ".md")]);
  const there = beside.filter((file) => existsSync(join(ROOT, name, file)));
  for (const file of ["manifest.json", ...listed, ...there]) await cp(join(ROOT, name, file), join(folder, name, file));
}

/** Read by Node for the kind of its modules, and by isobit for its version and what a stack needs. */
async function innerManifest(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, type, peerDependencies } = manifest;
  return `${JSON.stringify({ name, version, type, peerDependencies }, null, 2)}\n`;
}

const unfinished = `${TARGET}.${process.pid}`;
try {
  await build(unfinished);
  await rm(TARGET, { recursive: true, force: true });
  await rename(unfinished, TARGET);
} catch (error) {
  console.error(`The package could not be built: ${messageOf(error)}`);
  process.exitCode = 1;
} finally {
  await rm(unfinished, { recursive: true, force: true });
}
