import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

/* What npm makes of package.json and .npmrc, on every system and version. */

const ROOT = join(import.meta.dirname, "..", "..");

const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Windows runs scripts in cmd.exe, which shares `&&`, `>` and double quotes with a POSIX shell. */
const POSIX_ONLY = /^exec\b|&& *exec\b|(^|&& *)[A-Z_]+=|\$|'|;|`|\|\||(^|[ /])(cp|mv|rm|cat|export|sh|bash|test|true) /;

describe("an npm script runs in cmd.exe too", () => {
  test.each(Object.entries(scripts))("%s", (_name, script) => {
    expect(script).not.toMatch(POSIX_ONLY);
  });

  test.each(["exec node x.ts", "A=1 node x.ts", "node x.ts ${A:-1}", "rm -rf dist", "node a.ts; node b.ts"])(
    "%j would not",
    (script) => expect(script).toMatch(POSIX_ONLY),
  );
});

test("npm has no warning about this project's own configuration", async () => {
  const { stderr } = await promisify(execFile)("npm", ["pkg", "get", "name"], { cwd: ROOT });
  expect(stderr).not.toMatch(/Unknown .*config/);
});

test("the lockfile lists no install script of onnxruntime-node, so that npm 10 does not download CUDA's provider", async () => {
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  expect(
    lock.packages["node_modules/onnxruntime-node"]?.hasInstallScript,
    'npm reads allowScripts since version 11 only: delete "hasInstallScript" of onnxruntime-node in package-lock.json',
  ).toBeUndefined();
});
