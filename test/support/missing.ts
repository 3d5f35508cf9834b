import { existsSync } from "node:fs";

/* What a machine may lack. A test that needs it is skipped in these words, which the run lists at its end. */

export const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Null where SwiftShader is there, otherwise what to install. */
export const SWIFTSHADER_MISSING = existsSync(SWIFTSHADER)
  ? null
  : "no Vulkan driver: install Debian's chromium (for SwiftShader) and libvulkan1";

/** Null where WEBGPU can run, otherwise what to install. A driver named in the environment is taken as it is. */
export function webgpuMissing(): string | null {
  return process.env["VK_ICD_FILENAMES"] === undefined ? SWIFTSHADER_MISSING : null;
}

/** For tests of what isobit says where CUDA cannot run. */
export const NVIDIA_GPU = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path))
  ? "this machine has an NVIDIA GPU, and the test is about machines without one"
  : null;

export const NOT_LINUX = process.platform === "linux" ? null : "this test reads what only Linux has";

declare module "vitest" {
  interface TaskMeta {
    skipReason?: string;
  }
}

/** Options of a suite or a test that is skipped where there is a reason, which the run's summary prints. */
export function skippedFor(reason: string | null): { readonly skip: boolean; readonly meta: { skipReason?: string } } {
  return reason === null ? { skip: false, meta: {} } : { skip: true, meta: { skipReason: reason } };
}
