import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { Environment } from "./environment.ts";

/** Any of these is there once a driver is loaded, also inside containers and under WSL. */
const DRIVER_SIGNS = ["/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/dxg"];
const QUERY_TIMEOUT_MS = 10_000;

export interface NvidiaGpu {
  readonly name: string;
  readonly driverVersion: string;
  /** CUDA's compute capability, e.g. 9.0; undefined where nvidia-smi does not tell. */
  readonly computeCapability: number | undefined;
}

export function hasNvidiaDriver(): boolean {
  return DRIVER_SIGNS.some((path) => existsSync(path));
}

/** The GPU that CUDA calls device 0, as nvidia-smi describes it; undefined where nvidia-smi is missing or fails. */
export async function queryNvidiaGpu(environment: Environment): Promise<NvidiaGpu | undefined> {
  const visible = environment["CUDA_VISIBLE_DEVICES"]?.split(",")[0]?.trim() || "0";
  const fields = "--query-gpu=name,driver_version,compute_cap";
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", ["-i", visible, fields, "--format=csv,noheader"], {
      timeout: QUERY_TIMEOUT_MS,
    });
    return parseGpu(stdout);
  } catch {
    return undefined;
  }
}

/** One line such as `NVIDIA H100 80GB HBM3, 550.54.15, 9.0`. */
export function parseGpu(csv: string): NvidiaGpu | undefined {
  const [name, driverVersion, capability] = (csv.trim().split("\n")[0] ?? "").split(",").map((field) => field.trim());
  if (!name || !driverVersion) return undefined;
  const computeCapability = Number(capability);
  return { name, driverVersion, computeCapability: computeCapability > 0 ? computeCapability : undefined };
}
