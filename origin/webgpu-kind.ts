import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import process from "node:process";
import type { GpuBackendId } from "#core/backends.ts";
import type { Environment } from "./environment.ts";
import type { Adapter, GpuKind } from "./gpu-backend.ts";
import { hasNvidiaDriver, queryNvidiaGpu } from "./nvidia.ts";
import { listVulkanDrivers, type VulkanDriver } from "./vulkan-drivers.ts";

const NO_LOADER = "The Vulkan loader is missing: install it (Debian's package libvulkan1) and restart the origin.";
const SOFTWARE_CURE =
  "For a software adapter install Chromium, which ships SwiftShader (Debian's packages libvulkan1 and chromium), and restart the origin.";

/** Dawn, in onnxruntime-node. On Linux it reaches the GPU through Vulkan, elsewhere through the system's own interface. */
export function webgpuKind(id: GpuBackendId, environment: Environment): GpuKind {
  return {
    id,
    provider: "webgpu",
    findAdapters: () => (process.platform === "linux" ? vulkanAdapters(environment) : systemAdapter()),
    explain,
  };
}

/**
 * ONNX Runtime does not report which adapter Dawn chose, so each try gets a loader that knows one driver only: the one
 * that answers is then the one that is named.
 */
async function vulkanAdapters(environment: Environment): Promise<readonly Adapter[] | string> {
  const drivers = await listVulkanDrivers(environment);
  const usable = (await hasGpuDevice()) ? drivers : drivers.filter(({ hardware }) => !hardware);
  if (usable.length === 0) return noDriver(drivers);
  return await Promise.all(usable.map((driver) => vulkanAdapter(driver, environment)));
}

async function vulkanAdapter({ manifest, name, hardware }: VulkanDriver, environment: Environment): Promise<Adapter> {
  const isNvidia = hardware && /nvidia/i.test(name);
  const gpu = isNvidia ? await queryNvidiaGpu(environment) : undefined;
  return {
    device: gpu ? `${gpu.name} (Vulkan)` : name,
    hardwareGpu: hardware,
    // Loaders before 1.3.207 know only the second name.
    environment: { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest },
  };
}

function noDriver(installed: readonly VulkanDriver[]): string {
  if (installed.length === 0) return `No Vulkan driver is installed. Install the GPU's own. ${SOFTWARE_CURE}`;
  const names = installed.map(({ name }) => name).join(", ");
  return `No GPU is visible here (no device in /dev) for the installed drivers: ${names}. ${SOFTWARE_CURE}`;
}

/** Without a device node, no installed hardware driver can work. */
async function hasGpuDevice(): Promise<boolean> {
  const nodes = await readdir("/dev/dri").catch(() => []);
  return nodes.length > 0 || hasNvidiaDriver() || existsSync("/dev/kfd");
}

/** Metal always uses a GPU; Direct3D may silently fall back to a software adapter, so nothing is claimed there. */
async function systemAdapter(): Promise<readonly Adapter[]> {
  return process.platform === "darwin"
    ? [{ device: "the system's GPU (Metal)", hardwareGpu: true, environment: {} }]
    : [
        {
          device: "the system's default adapter (Direct3D 12, perhaps in software)",
          hardwareGpu: false,
          environment: {},
        },
      ];
}

function explain(failure: string, stderr: string): string {
  if (/Couldn't load Vulkan/.test(stderr)) return NO_LOADER;
  return failure;
}
