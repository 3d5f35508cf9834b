import type { Levels } from "../image/grey.ts";
import type { PlacedKernel } from "./placement.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";

/*
 * Messages to a runner, a process that runs ONNX models on one execution provider for a command, and its responses, in
 * the same order. Node's channel with structured cloning carries models and tensors as bytes.
 */

export const OPTIMIZATION_LEVELS = Object.freeze(["disabled", "basic", "extended", "all"] as const);
export type OptimizationLevel = (typeof OPTIMIZATION_LEVELS)[number];

export interface SessionSettings {
  readonly level: OptimizationLevel;
  /** Threads within an operator; null: the runtime decides. */
  readonly threads: number | null;
  readonly memory: MemoryUse;
}

/** The arena keeps memory between runs; patterns plan a run's memory in advance. */
export const MEMORY_USES = Object.freeze(["default", "no arena", "no patterns", "no arena, no patterns"] as const);
export type MemoryUse = (typeof MEMORY_USES)[number];

export type RunnerRequest =
  | { readonly ask: "hello" }
  /** An open session of the same name is replaced. */
  | { readonly ask: "open"; readonly session: string; readonly model: Uint8Array; readonly settings: SessionSettings }
  | { readonly ask: "run"; readonly session: string; readonly feeds: readonly NamedTensor[] }
  | { readonly ask: "close"; readonly session: string }
  /** Opens a session that may leave nodes to the CPU, runs it once and says where its nodes ran. */
  | {
      readonly ask: "place";
      readonly session: string;
      readonly model: Uint8Array;
      readonly settings: SessionSettings;
      readonly feeds: readonly NamedTensor[];
    }
  /** The optimised graph, as ONNX. */
  | { readonly ask: "optimised"; readonly model: Uint8Array; readonly settings: SessionSettings };

export interface NamedTensor {
  readonly name: string;
  readonly tensor: TensorValue;
}

export type RunnerResponse =
  | { readonly is: "hello"; readonly runtimeVersion: string }
  | { readonly is: "opened" }
  | { readonly is: "ran"; readonly outputs: readonly NamedTensor[]; readonly latencyMs: number }
  | { readonly is: "closed" }
  | { readonly is: "placed"; readonly kernels: readonly PlacedKernel[]; readonly outputs: readonly NamedTensor[] }
  /** Null if the runtime does not expose it. */
  | { readonly is: "optimised"; readonly model: Uint8Array | null }
  | { readonly is: "failed"; readonly message: string };

/** Messages to the process that knows which devices the origin's GPU providers may use. */
export type AdaptersRequest =
  | { readonly ask: "adapters"; readonly backend: string }
  /** What a failed attempt means, and what to do. */
  | { readonly ask: "explain"; readonly backend: string; readonly failure: string; readonly stderr: string };

export type AdaptersResponse =
  | { readonly is: "adapters"; readonly adapters: readonly RunnerAdapter[] }
  | { readonly is: "none"; readonly reason: string }
  | { readonly is: "explained"; readonly reason: string }
  | { readonly is: "failed"; readonly message: string };

export interface RunnerAdapter {
  readonly device: string;
  readonly hardwareGpu: boolean;
  /** Added to the process's environment before it starts; null removes a variable. */
  readonly environment: Readonly<Record<string, string | null>>;
}

/** Asks the decoding process for images other than PNG, each as the model's levels; one response per file. */
export interface DecodeRequest extends Pick<Levels, "width" | "height" | "channels"> {
  readonly files: readonly Uint8Array[];
}

export type DecodeResponse = readonly (
  | (Levels & { readonly ok: true })
  | { readonly ok: false; readonly code: string; readonly message: string }
)[];
