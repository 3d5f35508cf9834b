import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { IsobitError, type LibraryError } from "#core/errors.ts";
import { packageVersion } from "#node/package-version.ts";
import { makeFolder } from "../output-file.ts";
import { cacheFolder } from "./cache-folder.ts";
import { npm, NpmFailed } from "./npm.ts";

export type RuntimePackage = "onnxruntime-node" | "onnxruntime-web";

export interface InstallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told before npm is started. */
  readonly say: (sentence: string) => void;
}

/**
 * Puts a version of ONNX Runtime into the cache, unless it is there. npm checks each package against the registry's hash, and
 * no install script runs.
 * @returns the folder whose node_modules holds it; null for the version that isobit itself uses
 * @throws LibraryError BAD_OPTION for a version that does not exist; INCOMPLETE where npm cannot get it
 */
export async function installRuntime(
  name: RuntimePackage,
  version: string,
  { signal, say }: InstallOptions,
): Promise<string | null> {
  if (version === packageVersion(name)) return null;
  const folder = join(cacheFolder(), `${name}@${version}`);
  if (existsSync(folder)) return folder;
  say(`installing ${name} ${version}`);
  await makeFolder(cacheFolder());
  const part = await mkdtemp(join(cacheFolder(), ".part-"));
  try {
    await writeFile(join(part, "package.json"), JSON.stringify({ private: true }));
    await npm(["install", `${name}@${version}`], part, signal);
    await requireIntegrity(part, name);
    // Another process may have been faster; then its folder is as good.
    await rename(part, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } catch (error) {
    if (!(error instanceof NpmFailed)) throw error;
    throw failedInstall(`${name} ${version}`, error);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** @throws LibraryError INCOMPLETE where npm cannot tell */
export async function latestVersion(name: RuntimePackage, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await npm(["view", name, "version"], ".", signal);
  } catch (error) {
    if (!(error instanceof NpmFailed)) throw error;
    const cached = (await readdir(cacheFolder()).catch(() => [])).filter((each) => each.startsWith(`${name}@`));
    const known = [packageVersion(name), ...cached.map((each) => each.slice(name.length + 1))].filter(Boolean);
    const message = `npm could not tell the newest version of ${name}: ${firstLine(error.message)}. Give a version; installed: ${known.join(", ")}.`;
    throw new IsobitError("INCOMPLETE", message, { cause: error });
  }
}

/** npm checked the package against this hash. */
async function requireIntegrity(folder: string, name: RuntimePackage): Promise<void> {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as {
    readonly packages?: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  if (lock.packages?.[`node_modules/${name}`]?.integrity !== undefined) return;
  throw new IsobitError("INCOMPLETE", `The npm registry gives no hash of ${name}, so it is not used.`);
}

function failedInstall(what: string, error: NpmFailed): LibraryError {
  const options = { cause: error };
  if (error.code === "ETARGET" || error.code === "E404")
    return new IsobitError(
      "BAD_OPTION",
      `npm has no ${what}. \`npm view ${what.split(" ")[0]} versions\` lists them.`,
      options,
    );
  return new IsobitError("INCOMPLETE", `${what} could not be installed: ${firstLine(error.message)}.`, options);
}

/** npm warns and repeats itself; the first sentence after its error's code says enough. */
function firstLine(words: string): string {
  const lines = words.split("\n").filter((line) => !line.startsWith("npm warn"));
  const said = lines.map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim());
  const sentence = said.find((line) => line !== "" && !line.startsWith("code ")) ?? words;
  return sentence.replace(/\.$/, "");
}
