import type { ModelInfo } from "#core/model.ts";
import type { NamedTensors } from "#core/tensor-value.ts";
import type { PackedOutcomes } from "./outcomes.ts";

/*
 * What a host of sessions is asked and answers: a GPU backend's process over Node's own channel, the CPU's thread over a
 * message port. Both clone structures, so that tensors and logits cross as their bytes. One answer a question.
 */

export type HostQuestion =
  | { readonly ask: "open"; readonly model: ModelInfo; readonly bytes: Uint8Array }
  /** Rows one after the other, `model.input.elements` numbers each. */
  | { readonly ask: "infer"; readonly sha256: string; readonly rows: Float32Array<ArrayBuffer> }
  /** A part that was cut out already, in a session for this one run, with the options that serve its model. */
  | {
      readonly ask: "run part";
      readonly input: ModelInfo["input"];
      readonly sizeBytes: number;
      readonly part: Uint8Array;
      readonly feeds: NamedTensors;
    }
  | { readonly ask: "fused nodes"; readonly part: Uint8Array };

export type HostAnswer =
  | { readonly is: "opened" }
  | { readonly is: "inferred"; readonly outcomes: PackedOutcomes }
  | { readonly is: "part run"; readonly outputs: NamedTensors }
  | { readonly is: "nodes fused"; readonly nodes: readonly string[] | null }
  | { readonly is: "failed"; readonly message: string };
