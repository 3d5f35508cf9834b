import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "./environment.ts";

const run = promisify(execFile);

/** ONNX Runtime's CUDA provider opens cuDNN while it runs, so the linker does not list it. */
const CUDNN = "libcudnn.so.9";

/** The libraries that the dynamic linker does not find for this one; null where ldd cannot tell. */
export async function unresolvedLibraries(library: string, environment: Environment): Promise<string[] | null> {
  const linked = await run("ldd", [library]).then(
    ({ stdout }) => [...stdout.matchAll(/(\S+) => not found/g)].map((match) => match[1] ?? ""),
    () => null,
  );
  if (linked === null) return null;
  return (await linkerFinds(CUDNN, environment)) ? linked : [...linked, CUDNN];
}

async function linkerFinds(name: string, environment: Environment): Promise<boolean> {
  const folders = (environment["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  if (folders.some((folder) => existsSync(join(folder, name)))) return true;
  const { stdout } = await run("ldconfig", ["-p"]).catch(() => ({ stdout: "" }));
  return stdout.includes(name);
}

/** Folders of NVIDIA's Python packages and CUDA toolkits that hold any of the libraries. */
export async function foldersHolding(libraries: readonly string[]): Promise<string[]> {
  const candidates = [...(await pythonNvidiaFolders()), ...(await toolkitFolders())];
  return candidates.filter((folder) => libraries.some((library) => existsSync(join(folder, library))));
}

async function pythonNvidiaFolders(): Promise<string[]> {
  const listSites = "import site; print('\\n'.join([*site.getsitepackages(), site.getusersitepackages()]))";
  const { stdout } = await run("python3", ["-c", listSites]).catch(() => ({ stdout: "" }));
  const sites = stdout.split("\n").filter((line) => line !== "");
  return (await Promise.all(sites.map((folder) => subfolders(join(folder, "nvidia"), "lib")))).flat();
}

async function toolkitFolders(): Promise<string[]> {
  const all = await subfolders("/usr/local", "lib64");
  return all.filter((folder) => folder.startsWith("/usr/local/cuda"));
}

/** `folder/<each>/leaf`, as far as it exists. */
async function subfolders(folder: string, leaf: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name, leaf)).filter((path) => existsSync(path));
}
