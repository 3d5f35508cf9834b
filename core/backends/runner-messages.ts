import type { TensorValue } from "../tensors/tensor-value.ts";

/*
 * What a runner is asked and answers: a process that runs ONNX models on one execution provider for a command, over
 * Node's own channel with structured cloning, so that models and tensors cross as their bytes. One answer a request,
 * in the same order.
 */

export const OPTIMIZATION_LEVELS = Object.freeze(["disabled", "basic", "extended", "all"] as const);
export type OptimizationLevel = (typeof OPTIMIZATION_LEVELS)[number];

export interface SessionSettings {
  readonly level: OptimizationLevel;
  /** Threads within an operator; null leaves it to the runtime. */
  readonly threads: number | null;
}

export type RunnerRequest =
  | { readonly ask: "hello" }
  /** @param session what the caller calls it; one that is open under the same name is replaced */
  | {
      readonly ask: "open";
      readonly session: string;
      readonly model: Uint8Array;
      readonly settings: SessionSettings;
    }
  | { readonly ask: "run"; readonly session: string; readonly feeds: readonly NamedTensor[] }
  | { readonly ask: "close"; readonly session: string }
  /** The graph as the runtime's optimiser leaves it, in ONNX. */
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
  /** Null where the runtime does not tell. */
  | { readonly is: "optimised"; readonly model: Uint8Array | null }
  | { readonly is: "failed"; readonly message: string };

/** What is asked of the process that knows which devices the origin's GPU providers may run on. */
export type AdaptersRequest =
  | { readonly ask: "adapters"; readonly backend: string }
  /** What a failed try means, in words a person can act on. */
  | { readonly ask: "explain"; readonly backend: string; readonly failure: string; readonly stderr: string };

export type AdaptersResponse =
  | { readonly is: "adapters"; readonly adapters: readonly RunnerAdapter[] }
  | { readonly is: "none"; readonly reason: string }
  | { readonly is: "explained"; readonly reason: string }
  | { readonly is: "failed"; readonly message: string };

export interface RunnerAdapter {
  readonly device: string;
  readonly hardwareGpu: boolean;
  /** To be laid over the process's own before it starts; null takes a variable away. */
  readonly environment: Readonly<Record<string, string | null>>;
}

/** What is asked of the process that decodes images other than PNG: one answer a file, as the model takes it. */
export interface DecodeRequest {
  readonly files: readonly Uint8Array[];
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

export type DecodeResponse = readonly (
  | {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
      readonly values: Uint8Array;
    }
  | { readonly ok: false; readonly code: string; readonly message: string }
)[];
