import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NO_VULKAN, startOrigin } from "../support/origin.ts";

/* Three sets of dependencies that never mix: what the deployed origin needs is in `dependencies`, and nothing else is. */

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** What is copied to a GPU host. */
const DEPLOYED = [
  "core",
  "node",
  "images",
  "models",
  "origin",
  "schema",
  "package.json",
  "package-lock.json",
  ".npmrc",
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-runtime-"));
  const without = /node_modules|authoring/;
  for (const name of DEPLOYED) {
    await cp(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !without.test(path.slice(ROOT.length)),
    });
  }
  await run("npm", ["ci", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("npm ci --omit=dev alone", () => {
  it("starts the origin, which answers", async () => {
    const origin = await startOrigin({
      env: NO_VULKAN,
      command: [process.execPath, join(folder, "origin", "main.ts")],
    });
    try {
      const { data, errors } = await origin.graphql(
        '{ health { ok } predict(input: { image: "7" }, backend: CPU) { label logits { bits } } }',
      );
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ health: { ok: true }, predict: { label: "7" } });
    } finally {
      await origin.stop();
    }
  });

  it("installs neither tooling nor data sets nor a browser's page", async () => {
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const { stdout } = await run("npm", ["ls", "--all", "--parseable", "--omit=dev"], { cwd: folder });
    const installed = stdout.split("\n").map((line) => line.split("node_modules/").at(-1));
    // Types come along with some libraries; they run nothing.
    const tools = Object.keys(devDependencies).filter((name) => !name.startsWith("@types/"));
    for (const name of tools) expect(installed, name).not.toContain(name);
    for (const name of Object.keys(dependencies)) expect(installed, name).toContain(name);
  });
});
