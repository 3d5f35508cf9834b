import type { ComputedOn } from "./explanation.ts";

/** "CPU (level extended)", "CUDA net-cpu.onnx (backend CUDA, level all)" */
export function computedOnText({ source, backend, optimizationLevel }: ComputedOn): string {
  const runtime = backend === source ? "" : `${backend === null ? "another runtime" : `backend ${backend}`}, `;
  return `${source} (${runtime}level ${optimizationLevel})`;
}
