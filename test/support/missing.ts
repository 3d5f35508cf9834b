import { existsSync } from "node:fs";

/* What a machine may lack. A test that needs it is skipped in these words, which the run lists at its end. */

export const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Null where SwiftShader is there, else what to install. */
export const SWIFTSHADER_MISSING = existsSync(SWIFTSHADER)
  ? null
  : "no Vulkan driver: install Debian's chromium (for SwiftShader) and libvulkan1";

/** Null where WEBGPU can run, else what to install. A driver named in the environment is taken as it is. */
export function webgpuMissing(): string | null {
  return process.env["VK_ICD_FILENAMES"] === undefined ? SWIFTSHADER_MISSING : null;
}

/** For tests of what isobit says where CUDA cannot run. */
export const NVIDIA_GPU = ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path))
  ? "this machine has an NVIDIA GPU, and the test is about machines without one"
  : null;

export const NOT_LINUX = process.platform === "linux" ? null : "this test reads what only Linux has";

/** The name of a suite or test that is skipped where a reason is given: `skipIf` takes no note of its own. */
export function nameWithReason(name: string, reason: string | null): string {
  return reason === null ? name : `${name} (skipped: ${reason})`;
}
