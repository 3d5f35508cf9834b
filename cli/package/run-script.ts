import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "#node/installation.ts";

/** A script that this Node runs in the checkout. @throws Error with what it wrote, where it fails */
export async function runScript(script: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [script, ...args], { cwd: ROOT });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${script} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
