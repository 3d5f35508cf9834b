import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Triton's own client, as PyPI has it. */
const PACKAGE = "tritonclient[http]==2.73.0";
const ROOT = join(import.meta.dirname, "..", "..");
/** Kept between runs, since installing takes most of a minute. */
const FOLDER = join(ROOT, "node_modules", ".cache", "isobit-tritonclient-2.73.0");
const PYTHON = join(FOLDER, "bin", "python");
/** Written last, so that an installation that was cut short is made again. */
const COMPLETE = join(FOLDER, "complete");
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

/** A Python that has Triton's client, installed where it is not yet; or why there is none, and what to install. */
export async function pythonWithTritonClient(): Promise<{ python: string } | { missing: string }> {
  if (existsSync(COMPLETE)) return { python: PYTHON };
  try {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(join(FOLDER, ".."), { recursive: true });
    await run("python3", ["-m", "venv", FOLDER], { timeout: INSTALL_TIMEOUT_MS });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
    await run(PYTHON, pip, { timeout: INSTALL_TIMEOUT_MS });
    await writeFile(COMPLETE, `${PACKAGE}\n`);
    return { python: PYTHON };
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const last = stderr.trim().split("\n").at(-1) || message.split("\n")[0];
    return {
      missing: `Triton's Python client could not be had (${last}); it needs python3 with venv (apt-get install python3-venv) and a Python package index`,
    };
  }
}

/**
 * Runs a script that prints one JSON document.
 * @throws Error with what it wrote to stderr
 */
export async function runPython(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, [script, ...args], { maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}
