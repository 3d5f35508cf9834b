import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "./installed.ts";

const run = promisify(execFile);
const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };

test.each([
  ["npx isobit", "npx", ["isobit", "--version"]],
  ["npm run isobit --", "npm", ["run", "--silent", "isobit", "--", "--version"]],
])("`%s` runs the sources in a checkout", async (_name, file, args) => {
  const { stdout } = await run(file, args, { cwd: ROOT });
  expect(stdout.trim()).toBe(version);
});
