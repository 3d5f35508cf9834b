import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "#core/errors.ts";
import { CACHE } from "./subjects.ts";

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** A Python with FastAPI, ONNX Runtime and Polygraphy, or why there is none, in a sentence. */
export type PythonFound = { readonly python: string } | { readonly missing: string };

/** The environment that is there from last time, or a new one made by pip from requirements.txt. */
export async function findPython(): Promise<PythonFound> {
  const wanted = await readFile(REQUIREMENTS);
  const folder = join(CACHE, `python-${createHash("sha256").update(wanted).digest("hex").slice(0, 12)}`);
  const [python, whole] = [join(folder, "bin", "python"), join(folder, "whole")];
  if (existsSync(whole)) return { python };
  try {
    await rm(folder, { recursive: true, force: true });
    await run("python3", ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
    await run(python, pip, { maxBuffer: 64 * 1024 * 1024 });
    await writeFile(whole, "");
    return { python };
  } catch (error) {
    const last = messageOf(error).trim().split("\n").at(-1);
    return { missing: `Python 3 with venv, or the packages of requirements.txt, cannot be had here: ${last}` };
  }
}
