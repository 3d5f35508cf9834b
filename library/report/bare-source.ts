import type { ReportedSource } from "./run-report.ts";

/** A source that did not run in this command, with what is known about it. */
export function bareSource(source: string, known: Partial<ReportedSource>): ReportedSource {
  return {
    source,
    model: 0,
    available: true,
    reason: null,
    backend: null,
    side: null,
    executionProvider: null,
    runtime: null,
    runtimeVersion: null,
    optimizationLevel: null,
    threads: null,
    batch: null,
    device: null,
    hardwareGpu: false,
    cpuFeatures: null,
    placement: null,
    ...known,
  };
}
