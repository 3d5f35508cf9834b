import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { observe, type Ended, type RunningCommand } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { ROOT } from "./installed.ts";

/* The machine's own Node may be too old for isobit, which npm has brought a newer one along for. */

const older = olderNode();
const WITHOUT_WEBGPU = { ...NO_VULKAN, EDGE_PORT: "0", ORIGIN_PORT: "0" };
const elsewhere = mkdtempSync(join(tmpdir(), "isobit-older-node-"));
afterAll(() => rmSync(elsewhere, { recursive: true }));

/** A Node on the PATH that isobit does not run on. */
function olderNode(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return folders
    .map((folder) => join(folder, "node"))
    .find((node) => {
      try {
        return Number(execFileSync(node, ["-p", "process.versions.node.split('.')[0]"])) < 24;
      } catch {
        return false;
      }
    });
}

function onOlderNode(script: string, args: readonly string[], env: Record<string, string> = {}): RunningCommand {
  return observe(
    spawn(older ?? "", [script, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] }),
  );
}

function here(...args: string[]): Promise<Ended> {
  return onOlderNode(join(ROOT, "cli", "isobit.js"), args).ended;
}

describe(
  "isobit, started by an older Node",
  skippedFor(older === undefined ? "put a Node before 24 on the PATH" : null),
  () => {
    test("runs on the one in the checkout, and passes its exit code on", async () => {
      expect(await here("certify", "digits-exact")).toMatchObject({ code: 0, stderr: "" });
      expect(await here("certify", "digits")).toMatchObject({ code: 1 });
      expect(await here("certify")).toMatchObject({ code: 64 });
    });

    test("says what to do where there is none", async () => {
      mkdirSync(join(elsewhere, "cli"));
      cpSync(join(ROOT, "cli", "isobit.js"), join(elsewhere, "cli", "isobit.js"));
      writeFileSync(join(elsewhere, "package.json"), '{ "type": "module" }');
      const { code, stderr } = await onOlderNode(join(elsewhere, "cli", "isobit.js"), ["--help"]).ended;
      expect(stderr).toMatch(/^isobit needs Node 24\.12 or newer, and this is v\d+.*npm install node@24/);
      expect(code).toBe(2);
    });

    test("passes a signal on, and leaves no process running", async () => {
      const running = onOlderNode(join(ROOT, "cli", "isobit.js"), ["start"], WITHOUT_WEBGPU);
      await running.says("Both sides run.");
      const processes = descendantsOf(running.pid);
      running.signal("SIGTERM");
      expect((await running.ended).code).toBe(0);
      expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
    });

    test("ends with the process that was started, however that ends", async () => {
      const running = onOlderNode(join(ROOT, "cli", "isobit.js"), ["start"], WITHOUT_WEBGPU);
      await running.says("Both sides run.");
      const processes = descendantsOf(running.pid);
      expect(processes.length).toBeGreaterThan(2);
      running.signal("SIGKILL");
      while (processes.some(({ pid }) => isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 20));
    });
  },
);
