import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { messageOf } from "#core/errors.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 600_000;
/** No package's script runs, and nothing is printed that was not asked for. */
const SETTINGS = {
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_global: "false",
  npm_config_ignore_scripts: "true",
  npm_config_save_exact: "true",
};

/** npm failed. */
export class NpmFailed extends Error {
  override readonly name = "NpmFailed";
  /** npm's own code, e.g. ETARGET for a version that does not exist; null where it gave none. */
  readonly code: string | null;

  constructor(words: string) {
    super(words);
    this.code = /\bcode (E[A-Z0-9]+)/.exec(words)?.[1] ?? null;
  }
}

/**
 * What npm prints.
 * @param cwd a folder with a package.json, into which npm installs
 * @throws NpmFailed with npm's words
 */
export async function npm(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<string> {
  // The npm that started isobit, where one did.
  const own = process.env["npm_execpath"]?.endsWith(".js") ? process.env["npm_execpath"] : undefined;
  const [file, before] = own === undefined ? ["npm", []] : [process.execPath, [own]];
  try {
    const options = { cwd, timeout: TIMEOUT_MS, env: { ...process.env, ...SETTINGS }, ...(signal && { signal }) };
    const { stdout } = await run(file, [...before, ...args], options);
    return stdout.trim();
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new NpmFailed(stderr.trim() || messageOf(error));
  }
}
