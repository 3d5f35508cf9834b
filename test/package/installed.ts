import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { observe, type Ended, type RunningCommand } from "../support/isobit.ts";

export const ROOT = join(import.meta.dirname, "..", "..");

/** A packed tarball, and the empty folder that it was installed into. */
export interface InstalledPackage {
  readonly folder: string;
  readonly tarball: string;
  readonly tarballBytes: number;
  /** Paths within the tarball. */
  readonly files: readonly string[];
  /** The installed command, in a process of its own. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): RunningCommand;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Node itself in that folder: a script of it, or a tool that was installed there. */
  node(args: readonly string[]): Promise<Ended>;
  /** `npm …` in that folder. */
  npm(...args: string[]): Promise<{ readonly stdout: string }>;
  /** `npx isobit …` in that folder. */
  npx(args: readonly string[]): Promise<{ readonly stdout: string }>;
  /** `npm install` of one more package, e.g. "workerd@1.20261023.1". */
  install(name: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * `npm pack` here and `npm install` of the tarball elsewhere, with this very Node and without development packages.
 * @param others what its user installs too, e.g. "vitest@5.1.1"
 */
export async function installPackage(others: readonly string[] = []): Promise<InstalledPackage> {
  const parent = await mkdtemp(join(tmpdir(), "isobit-package-"));
  const folder = join(parent, "elsewhere");
  await mkdir(folder);
  const npm = (cwd: string, ...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)("npm", args, { cwd, env: environment({}), maxBuffer: 10_000_000 });
  const { tarball, size, files } = await packedOnce((into) =>
    npm(ROOT, "pack", "--json", "--silent", "--pack-destination", into),
  );
  const install = async (...names: string[]): Promise<void> =>
    void (await npm(folder, "install", ...names, "--prefer-offline", "--no-audit", "--no-fund"));
  await install(tarball, ...others);
  const startFile = (file: string, args: readonly string[], env: Readonly<Record<string, string>>): RunningCommand =>
    observe(spawn(file, args, { cwd: folder, env: environment(env), stdio: ["ignore", "pipe", "pipe"] }));
  const start: InstalledPackage["start"] = (args, env = {}) =>
    startFile(join(folder, "node_modules", ".bin", "isobit"), args, env);
  return {
    folder,
    tarball,
    tarballBytes: size,
    files: files.map(({ path }) => path),
    start,
    run: (args, env) => start(args, env).ended,
    node: (args) => startFile(process.execPath, args, {}).ended,
    npm: (...args) => npm(folder, ...args),
    npx: (args) => npm(folder, "exec", "--offline", "--", "isobit", ...args),
    install,
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}

type TarballReport = Omit<Packed, "filename"> & { readonly tarball: string };

/**
 * The tarball of this run of the suite, packed by the first test file that asks: npm pack replaces dist/package, which
 * another one may be reading. The others wait for its report.
 */
async function packedOnce(pack: (into: string) => Promise<{ readonly stdout: string }>): Promise<TarballReport> {
  const folder = join(process.env["ISOBIT_TEST_RUN"] ?? "", "package");
  const report = join(folder, "report.json");
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const result = await pack(folder).then(
      ({ stdout }) => tarballIn(stdout),
      (error: unknown) => ({ failure: String(error) }),
    );
    await writeFile(`${report}.part`, JSON.stringify(result));
    await rename(`${report}.part`, report);
  }
  while (!existsSync(report)) await delay(POLL_MS);
  const result = JSON.parse(await readFile(report, "utf8")) as Packed | { readonly failure: string };
  if ("failure" in result) throw new Error(`npm pack failed: ${result.failure}`);
  return { ...result, tarball: join(folder, result.filename) };
}

const POLL_MS = 100;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** npm's report is a list, or in later versions an object by package. What the scripts wrote comes before it. */
function tarballIn(output: string): Packed {
  const report = JSON.parse(output.slice(output.search(/^[[{]/m))) as readonly Packed[] | Record<string, Packed>;
  const [packed] = Object.values(report);
  if (!packed) throw new Error(`npm packed nothing: ${output}`);
  return packed;
}

/** ONNX Runtime's own install step would download a CUDA provider; npm's variables of the running script would mislead. */
function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const foreign = /^(npm_|ORIGIN_|EDGE_|MODEL(_|$)|NO_COLOR$|FORCE_COLOR$|INIT_CWD$)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name) || name === "npm_config_registry");
  return {
    ...Object.fromEntries(own),
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    ONNXRUNTIME_NODE_INSTALL: "skip",
    ...env,
  };
}
