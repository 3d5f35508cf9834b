import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startIsobit, isobit } from "../support/isobit.ts";
import { sharedStack, type SharedStack } from "../support/shared-stack.ts";

/* How the command ends when it does not end by its own result. 1 means drift, so none of these may be 1. */

const ROOT = join(import.meta.dirname, "..", "..");
const COMMAND = join(ROOT, "cli", "isobit.js");

let stack: SharedStack;
let folder: string;
beforeAll(async () => {
  [stack, folder] = await Promise.all([sharedStack(), mkdtemp(join(tmpdir(), "isobit-ends-"))]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Its exit code if the reader of one stream is gone before anything is written. */
async function withoutReader(stream: "stdout" | "stderr", args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  child[stream].destroy();
  child[stream === "stdout" ? "stderr" : "stdout"].resume();
  const [code] = (await once(child, "exit")) as [number];
  return code;
}

describe("a closed pipe does not change the exit code", () => {
  test.each(["stdout", "stderr"] as const)("%s", async (stream) => {
    expect(await withoutReader(stream, ["parity", "--url", stack.edgeUrl, "--json"])).toBe(0);
    expect(await withoutReader(stream, ["compare", "nowhere.onnx"])).toBe(64);
    expect(await withoutReader(stream, ["parity", "--images", "77"])).toBe(64);
    expect(await withoutReader(stream, ["--help"])).toBe(0);
  });

  test("isobit parity | head -1", async () => {
    const line = `'${process.execPath}' '${COMMAND}' parity --url ${stack.edgeUrl} --json | head -1; exit "\${PIPESTATUS[0]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", line], { cwd: folder });
    expect(stdout).toBe("{\n");
  });
});

describe("a crash ends with 70 and is called a defect", () => {
  test.each([
    ["thrown outside the command's own work", "setTimeout(() => { throw new Error('boom'); }, 50)"],
    ["rejected and not handled", "setTimeout(() => Promise.reject(new Error('boom')), 50)"],
  ])("%s", async (_name, code) => {
    const preload = join(folder, "preload.mjs");
    await writeFile(preload, code);
    const args = ["--import", preload, join(ROOT, "cli", "main.ts"), "parity", "--url", stack.edgeUrl, "--json"];
    const failed = (await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      (error: unknown) => error,
    )) as {
      code: number;
      stderr: string;
    };
    expect(failed.stderr).toMatch(/^This is a defect of isobit:\nError: boom/m);
    expect(failed.code).toBe(70);
  });

  test("a source that cannot be loaded", async () => {
    await mkdir(join(folder, "cli"));
    await copyFile(COMMAND, join(folder, "cli", "isobit.js"));
    await writeFile(join(folder, "cli", "main.ts"), 'import "no-such-package";');
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const run = promisify(execFile)(process.execPath, [join(folder, "cli", "isobit.js")]);
    const failed = (await run.catch((error: unknown) => error)) as { code: number; stderr: string };
    expect(failed.stderr).toMatch(/^isobit cannot be loaded: .*no-such-package/);
    expect(failed.code).toBe(70);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends a request with 130", async (signal) => {
  const starting = startIsobit(["predict", "3"], { cwd: folder, env: { EDGE_PORT: "0" } });
  await starting.says("starting a temporary one");
  starting.signal(signal);
  expect((await starting.ended).code).toBe(130);
});

test("isobit alone prints its help and ends with 0", async () => {
  const [alone, help] = await Promise.all([isobit([]), isobit(["--help"])]);
  expect(alone).toEqual(help);
  expect(alone).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Usage: isobit") });
});
