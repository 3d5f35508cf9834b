import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..", "..");
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

/** A Python of a test's own, or why there is none and what to install. */
export type TestPython = { readonly python: string } | { readonly missing: string };

/**
 * A Python that has one package of PyPI's, in an environment that is kept between runs, since installing takes most of a
 * minute.
 * @param requirement with its version, such as "numpy==2.4.6"
 */
export async function pythonWith(requirement: string): Promise<TestPython> {
  const folder = join(ROOT, "node_modules", ".cache", `isobit-${requirement.replaceAll(/[^\w.]+/g, "-")}`);
  const python = join(folder, "bin", "python");
  // Written last, so that an installation that was cut short is made again.
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { python };
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, ".."), { recursive: true });
    await run("python3", ["-m", "venv", folder], { timeout: INSTALL_TIMEOUT_MS });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement];
    await run(python, pip, { timeout: INSTALL_TIMEOUT_MS });
    await writeFile(complete, `${requirement}\n`);
    return { python };
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const last = stderr.trim().split("\n").at(-1) || message.split("\n")[0];
    return {
      missing: `Python's ${requirement} cannot be installed (${last}); it needs python3 with venv (apt-get install python3-venv) and a Python package index`,
    };
  }
}

/**
 * Runs a script.
 * @returns what it wrote to stdout
 * @throws Error with what it wrote to stderr
 */
export async function runPython(
  python: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const { stdout } = await run(python, args, { ...options, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
