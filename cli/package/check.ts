import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "#core/errors.ts";
import { ROOT } from "#node/installation.ts";
import { runScript } from "./run-script.ts";

/* Packs once, and has publint and are-the-types-wrong look at the tarball as npm would publish it. */

const folder = await mkdtemp(join(tmpdir(), "isobit-pack-"));
try {
  await promisify(execFile)("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT });
  const [tarball = ""] = await readdir(folder);
  const path = join(folder, tarball);
  await runScript("node_modules/.bin/publint", ["run", path, "--strict"]);
  // Node 24 gives `require` an ES module, so there is no other build: resolution for CommonJS alone is not checked.
  await runScript("node_modules/.bin/attw", [path, "--profile", "esm-only"]);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
