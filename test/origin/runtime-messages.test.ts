import { expect, it } from "vitest";
import { parseGpu } from "#origin/nvidia.ts";
import { tidy } from "#origin/session.ts";

it("takes source paths and failed assertions out of ONNX Runtime's words, and keeps the rest", () => {
  const adapter =
    "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n";
  expect(tidy(adapter)).toBe("Failed to get a WebGPU adapter: No supported adapters");
  const plain = "Failed to load model because protobuf parsing failed.";
  expect(tidy(plain)).toBe(plain);
});

it("reads what nvidia-smi reports, even if it is incomplete", () => {
  expect(parseGpu("NVIDIA H100 80GB HBM3, 550.54.15, 9.0\nNVIDIA H100 80GB HBM3, 550.54.15, 9.0\n")).toEqual({
    name: "NVIDIA H100 80GB HBM3",
    driverVersion: "550.54.15",
    computeCapability: 9,
  });
  expect(parseGpu("Tesla K80, 470.1, [N/A]")).toEqual({
    name: "Tesla K80",
    driverVersion: "470.1",
    computeCapability: undefined,
  });
  expect(parseGpu("No devices were found")).toBeUndefined();
});
