import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "#node/installation.ts";
import { runScript } from "./run-script.ts";

/* Packs the package as it would be published, and holds its entries and types against what Node and TypeScript resolve. */

const folder = await mkdtemp(join(tmpdir(), "isobit-pack-"));
try {
  const pack = ["pack", "--json", "--silent", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", pack, { cwd: ROOT, maxBuffer: 10_000_000 });
  const [, filename = ""] = /"filename": "([^"]+)"/.exec(stdout) ?? [];
  const tarball = join(folder, filename);
  await runScript("node_modules/publint/src/cli.js", ["--strict", tarball]);
  // CommonJS and the resolution of Node 10 do not support an ES module's exports.
  const attw = [tarball, "--profile", "esm-only", "--exclude-entrypoints", "./schema.graphql"];
  await runScript("node_modules/@arethetypeswrong/cli/dist/index.js", attw);
  console.log(`${filename}: entries and types pass publint and attw.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
