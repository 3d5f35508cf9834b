import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { skippedFor } from "../support/missing.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { type RunningStack, startStack } from "../support/stack.ts";
import { hasHardwareGpu } from "./face.ts";

/* A harness that asks as Paragon's does, with curl and jq in bash, against the real edge and the real origin. */

const run = promisify(execFile);
const HARNESS = join(import.meta.dirname, "harness.sh");
const FLOAT_MODEL = join(import.meta.dirname, "..", "..", "models", "digits.onnx");

const missing = ["bash", "curl", "jq", "awk"].filter((tool) => !isInstalled(tool));

function isInstalled(tool: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, tool)));
}

interface Report {
  readonly results: readonly {
    readonly verdict: string;
    readonly logit_max_abs: number;
    readonly cpu: { readonly probs: readonly number[]; readonly latency_sec: number | null };
    readonly gpu: { readonly probs: readonly number[]; readonly latency_sec: number };
  }[];
}

const notInstalled = missing.length === 0 ? null : `install ${missing.join(", ")}`;

describe("Paragon's calls in its harness's order", skippedFor(notInstalled), () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isobit-harness-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function harness(url: string): Promise<{ stdout: string; rows: Record<string, string>[]; report: Report }> {
    const { stdout } = await run("bash", [HARNESS, url], { cwd: folder });
    const rows = parse(await readFile(join(folder, "parity_summary.csv")), { columns: true }) as Record<
      string,
      string
    >[];
    return { stdout, rows, report: JSON.parse(await readFile(join(folder, "parity_report.json"), "utf8")) };
  }

  describe.each([
    { model: "digits-exact", env: {}, drifts: false },
    { model: "digits", env: { MODEL: FLOAT_MODEL }, drifts: true },
  ])("PARAGON_GPU=CPU, $model", ({ env, drifts }) => {
    let stack: RunningStack;
    beforeAll(async () => {
      stack = await startStack({ env: { ...NO_VULKAN, PARAGON_GPU: "CPU", ...env } });
    });
    afterAll(() => stack?.stop());

    it.each(["edge", "origin"] as const)("runs green against the %s, with real numbers in ten rows", async (side) => {
      const { stdout, rows, report } = await harness(side === "edge" ? stack.edgeUrl : stack.originUrl);
      expect(stdout).toContain("perfect parity across 10 images");
      expect(stdout.match(/^ {2}cpu \[/gm)).toHaveLength(10);
      expect(stdout.match(/^ {2}gpu \[/gm)).toHaveLength(10);
      expect(rows.map(({ image, cpu_pred, gpu_pred, match }) => [image, cpu_pred, gpu_pred, match])).toEqual(
        Array.from({ length: 10 }, (_, digit) => [`${digit}.png`, String(digit), String(digit), "true"]),
      );
      for (const [at, row] of rows.entries()) {
        const { cpu, gpu, verdict, logit_max_abs: logitMaxAbs } = report.results[at]!;
        const distances = cpu.probs.map((probability, index) => Math.abs(probability - gpu.probs[index]!));
        expect(Number(row["max_abs_diff"])).toBeCloseTo(Math.max(...distances), 15);
        expect(Number(row["l2_diff"])).toBeCloseTo(Math.hypot(...distances), 15);
        expect(Number(row["gpu_latency_sec"])).toBe(gpu.latency_sec);
        expect(verdict === "IDENTICAL").toBe(logitMaxAbs === 0);
      }
      const largest = Math.max(...rows.map((row) => Number(row["max_abs_diff"])));
      expect(largest > 0).toBe(drifts);
      expect(report.results.some(({ verdict }) => verdict === "DRIFT")).toBe(drifts);
    });
  });

  it("stops at a row whose gpu is null, as Paragon's own does", async (context) => {
    const stack = await startStack({ env: NO_VULKAN });
    try {
      if (await hasHardwareGpu(stack.originUrl)) return context.skip("this machine has a hardware GPU");
      await expect(harness(stack.edgeUrl)).rejects.toThrow(/gpu has no probs/);
    } finally {
      await stack.stop();
    }
  });

  it("says where nothing answers", async () => {
    await expect(harness("http://127.0.0.1:1")).rejects.toThrow(/nothing answers at http:\/\/127\.0\.0\.1:1/);
  });
});
