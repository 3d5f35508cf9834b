import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDERS = ["cli", "core", "edge", "library", "models", "node", "origin", "schema"];

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "isobit-home-"));
});
afterAll(async () => await rm(home, { recursive: true, force: true }));

describe("ONNX Runtime's telemetry is off", () => {
  test("before any file loads the native runtime", async () => {
    const loading: string[] = [];
    for (const folder of FOLDERS)
      for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
        if (!name.endsWith(".ts")) continue;
        const code = await readFile(join(ROOT, folder, name), "utf8");
        if (!/^import (?!type ).*from "onnxruntime-node";$/m.test(code)) continue;
        loading.push(name);
        const [first] = /^import .*$/m.exec(code) ?? [];
        expect([name, first]).toEqual([name, 'import "#node/no-telemetry.ts";']);
      }
    expect(loading.length).toBeGreaterThan(2);
  });

  test("so that a run leaves neither a device id nor a log of it", async () => {
    // The runtime sends nothing where it sees a CI server or a unit test.
    const none = { CI: "", GITHUB_ACTIONS: "", TF_BUILD: "", ORT_RUNNING_UNIT_TESTS: "", ORT_DISABLE_TELEMETRY: "" };
    const env = { ...none, HOME: home, XDG_CACHE_HOME: join(home, "cache"), TMPDIR: home };
    const args = ["compare", "digits-exact", "--backends", "CPU", "--images", "7", "--repeats", "2"];
    expect(await isobit(args, { env })).toMatchObject({ code: 0 });
    expect((await readdir(home, { recursive: true })).filter((name) => /microsoft|mat-debug/i.test(name))).toEqual([]);
    expect(existsSync(join(home, ".cache"))).toBe(false);
  });
});
