import { BACKENDS, type GpuBackendId } from "#core/backends.ts";
import type { Environment } from "./environment.ts";
import { typed } from "#node/installation.ts";
import { missingLibraries } from "./cuda-libraries.ts";
import type { Adapter, GpuKind } from "./gpu-backend.ts";
import { oneLine } from "./log.ts";
import { hasNvidiaDriver, type NvidiaGpu, queryNvidiaGpu } from "./nvidia.ts";

/** TF32 came with compute capability 8.0 (Ampere). */
const FIRST_TF32_CAPABILITY = 8;

/**
 * onnxruntime-node passes no TF32 option on to CUDA, so NVIDIA's own switch decides, which a process reads once:
 * 0 turns TF32 off wherever a library would use it; without it, ONNX Runtime's default (on) holds.
 */
export function cudaKind(id: GpuBackendId, environment: Environment): GpuKind {
  return {
    id,
    provider: "cuda",
    findAdapters: async () => {
      const obstacle = findObstacle();
      if (obstacle) return obstacle;
      const gpu = await queryNvidiaGpu(environment);
      if (BACKENDS[id].tf32 && lacksTf32(gpu)) {
        return `${gpu?.name} has no TF32 (it needs compute capability ${FIRST_TF32_CAPABILITY}.0); use CUDA instead.`;
      }
      return [adapter(id, gpu, environment)];
    },
    explain,
  };
}

function findObstacle(): string | undefined {
  const missing = missingLibraries();
  if (!hasNvidiaDriver()) {
    const then = missing.length > 0 ? `run \`${typed("setup-cuda")}\` and restart the origin` : "restart the origin";
    return `No NVIDIA driver. On a machine with an NVIDIA GPU, ${then}.`;
  }
  if (missing.length === 0) return undefined;
  return `The CUDA provider is not installed. Run \`${typed("setup-cuda")}\`, which adds ${missing.join(" and ")} to onnxruntime-node, and restart the origin.`;
}

function adapter(id: GpuBackendId, gpu: NvidiaGpu | undefined, environment: Environment): Adapter {
  return {
    device: gpu?.name ?? "NVIDIA GPU (nvidia-smi does not report which)",
    hardwareGpu: true,
    environment: {
      NVIDIA_TF32_OVERRIDE: BACKENDS[id].tf32 ? undefined : "0",
      // CUDA counts devices by speed unless told to count as nvidia-smi does.
      CUDA_DEVICE_ORDER: environment["CUDA_DEVICE_ORDER"] ?? "PCI_BUS_ID",
    },
  };
}

function lacksTf32(gpu: NvidiaGpu | undefined): boolean {
  return gpu?.computeCapability !== undefined && gpu.computeCapability < FIRST_TF32_CAPABILITY;
}

function explain(failure: string, stderr: string): string {
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(stderr)?.[1];
  if (library) {
    return `The CUDA provider needs ${library}, which is not found. \`${typed("setup-cuda")}\` lists what is missing and which LD_LIBRARY_PATH to set.`;
  }
  return `${failure} ${oneLine(stderr).slice(-400)}`.trim();
}
