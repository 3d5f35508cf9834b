import type { ModelInfo } from "#core/model/model.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { PackedOutcomes } from "./outcomes.ts";

/*
 * The messages of a host of sessions: a process over Node's own channel, a thread over a message port. Both clone
 * structures, so that tensors and logits cross as their bytes. Each request gets one response.
 */

export type HostRequest =
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

export type HostResponse =
  | { readonly is: "opened" }
  | { readonly is: "inferred"; readonly outcomes: PackedOutcomes }
  | { readonly is: "part run"; readonly outputs: NamedTensors }
  | { readonly is: "nodes fused"; readonly nodes: readonly string[] | null }
  | { readonly is: "failed"; readonly message: string };

/** A process or thread that holds sessions and responds to requests one at a time, in order. */
export interface Host {
  /** Why it has ended; undefined while it runs. */
  readonly gone: string | undefined;
  /** The last text that drivers and libraries wrote; absent for a thread. */
  readonly stderr?: string;
  /** @throws Error when the host ends, or does not respond in time; default: no limit */
  request(request: HostRequest, timeoutMs?: number): Promise<HostResponse>;
  /** Ends it. Resolves within HOST_EXIT_GRACE_MS, even where the host is inside native code. */
  close(): Promise<void>;
}
