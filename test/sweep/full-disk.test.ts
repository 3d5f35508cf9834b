import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isobit } from "../support/isobit.ts";
import { skippedFor } from "../support/missing.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { newFolder, readResults, summaryIn } from "./sweeps.ts";

/* A file system of a few kilobytes, mounted for this test. */

const IMAGES = 200;
const SIZES = { full: "32k", roomy: "4m" };

function mount(folder: string, size: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const folder = await newFolder();
const mounted = mount(folder, SIZES.full);

describe("a sweep whose disk is full", skippedFor(mounted ? null : "run the tests as root, who may mount"), () => {
  let url: string;
  beforeAll(async () => {
    ({ edgeUrl: url } = await sharedStack());
  });
  afterAll(() => execFileSync("umount", [folder]));

  test("says so with the folder, and goes on with --resume once there is room", async () => {
    const sweep = [
      "sweep",
      "--url",
      url,
      "--backends",
      "WASM,CPU",
      "--limit",
      String(IMAGES),
      "--batch",
      "10",
      "--json",
    ];
    const { code, stdout, stderr } = await isobit([...sweep, "--out", folder]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/sweep\.jsonl can no longer be written \(ENOSPC: .*\)\. Check that /);
    expect(stderr).toContain(`--resume ${folder}/sweep.jsonl`);
    expect(stderr).not.toMatch(/defect of isobit|^ +at /m);
    execFileSync("mount", ["-o", `remount,size=${SIZES.roomy}`, folder]);
    const again = await isobit([...sweep, "--resume", join(folder, "sweep.jsonl")]);
    expect(again.code, again.stderr).toBe(0);
    expect(summaryIn(again.stdout)).toMatchObject({ images: IMAGES, failures: 0, verdict: "IDENTICAL" });
    const { rows } = await readResults(folder);
    expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: IMAGES }, (_, index) => index));
  });
});

afterAll(() => rm(folder, { recursive: true }));
