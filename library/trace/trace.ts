import { compare } from "../compare/compare.ts";
import type { CompareOptions } from "../compare/options.ts";
import type { ReportedTrace } from "../report/run-report.ts";

/** Which input is traced: the first one of what `inputs`, `tensors`, `images` or `random` gives. */
export type TraceOptions = Omit<
  CompareOptions,
  "trace" | "limit" | "keepBits" | "repeats" | "sessions" | "batch" | "expected"
>;

export interface TraceResult {
  /** One per pair of sources: every node in graph order, the first that differs, and the causes. */
  readonly traces: readonly ReportedTrace[];
  /** What was assumed, left out or found on the way, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares every node's output on one input, bit by bit: finds the first node that differs, runs each differing node alone
 * with equal inputs, and names the cause where there is evidence for one.
 * @param models as `compare` takes them
 * @throws LibraryError as `compare` does
 * @example
 * const { traces } = await trace("model.onnx", { backends: ["CPU", "WASM"], inputs: ["worst.npy"] });
 * console.log(traces[0]?.firstDrift?.name, traces[0]?.firstDrift?.cause);
 */
export async function trace(models: Parameters<typeof compare>[0], options: TraceOptions = {}): Promise<TraceResult> {
  const { report, notes } = await compare(models, { ...options, limit: 1, trace: "all" });
  return { traces: report.traces, notes };
}
