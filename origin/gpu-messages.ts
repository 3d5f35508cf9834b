import type { ModelInfo } from "#core/model.ts";
import type { NamedTensors } from "#core/tensor-value.ts";
import type { Outcome } from "./outcomes.ts";

/*
 * What a GPU backend's process is asked and answers, over Node's own channel with structured cloning, so that tensors
 * and logits cross as their bytes. One question at a time, one answer each.
 */

export type GpuQuestion =
  | { readonly ask: "open"; readonly model: ModelInfo; readonly bytes: Uint8Array }
  | { readonly ask: "infer"; readonly sha256: string; readonly tensors: readonly Float32Array[] }
  /** A part that was cut out already, in a session for this one run. */
  | { readonly ask: "run part"; readonly part: Uint8Array; readonly feeds: NamedTensors }
  | { readonly ask: "fused nodes"; readonly part: Uint8Array };

export type GpuAnswer =
  | { readonly is: "opened" }
  | { readonly is: "inferred"; readonly outcomes: readonly Outcome[] }
  | { readonly is: "part run"; readonly outputs: NamedTensors }
  | { readonly is: "nodes fused"; readonly nodes: readonly string[] | null }
  | { readonly is: "failed"; readonly message: string };
