import { BACKENDS, type BackendId, OPTIMIZATION_LEVEL, type Side } from "../backends.ts";
import type { Call } from "../call.ts";
import type { IsobitError } from "../errors.ts";
import type { ModelInfo } from "../model/model.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { Part } from "../model/part.ts";

export interface BackendStatus {
  readonly backend: BackendId;
  readonly side: Side;
  readonly available: boolean;
  /** Null when available; otherwise why not, and what to do. */
  readonly reason: string | null;
  readonly executionProvider: string;
  readonly runtime: string;
  /** "unknown" if the side that holds the backend did not respond. */
  readonly runtimeVersion: string;
  readonly optimizationLevel: string;
  readonly device: string | null;
  /** True only if the device is a hardware GPU. */
  readonly hardwareGpu: boolean;
}

/** The result for one input: its logits (float32, one per label), or the error. */
export type Inference =
  | {
      readonly ok: true;
      readonly logits: Float32Array;
      /** Wall time of this input's share of the run, in ms; null if the side cannot measure it. */
      readonly latencyMs: number | null;
    }
  | { readonly ok: false; readonly error: IsobitError };

/**
 * One execution provider, local or reached over HTTP; the main path does not distinguish. Work with a `call` waits for its
 * turn and ends with the call.
 */
export interface Backend {
  readonly id: BackendId;
  /** Never throws: a backend that cannot run says why in `reason`. */
  status(): Promise<BackendStatus>;
  /**
   * Runs the model on each tensor (float32, row-major, one image each, `model.input.elements` long). Results are in the
   * same order. Tensors are batched only if the model's certificate makes rows independent of their batch.
   * @throws IsobitError BACKEND_UNAVAILABLE, BACKEND_FAILED, ORIGIN_UNREACHABLE, UNAUTHENTICATED, OVERLOADED, TIMEOUT
   */
  infer(model: ModelInfo, tensors: readonly Float32Array[], call?: Call): Promise<Inference[]>;
  /**
   * Runs a part of the model, cut from this backend's own copy, in its own session with the serving options.
   * @param feeds one tensor per input of the part, by name
   * @returns the part's outputs by name, without those whose type cannot be compared
   * @throws IsobitError BAD_INPUT for a part that cannot run alone, and as `infer` does
   */
  evaluate(model: ModelInfo, part: Part, feeds: NamedTensors, call?: Call): Promise<NamedTensors>;
  /** The nodes of a part that remain after optimisation (see PartEvaluator); null if the runtime does not expose them. */
  fusedNodes(model: ModelInfo, part: Part, call?: Call): Promise<readonly string[] | null>;
}

/** The reason while a backend's first attempt is still running. */
export const STILL_TRYING = "It is still starting; try again in a few seconds.";

type Machine = Pick<BackendStatus, "runtimeVersion" | "device" | "hardwareGpu">;

export function available(backend: BackendId, machine: Machine): BackendStatus {
  return { ...fixedFacts(backend), available: true, reason: null, ...machine };
}

/** The status of an unavailable backend: nothing is stated about its device. */
export function unavailable(backend: BackendId, reason: string, runtimeVersion = "unknown"): BackendStatus {
  return { ...fixedFacts(backend), available: false, reason, runtimeVersion, device: null, hardwareGpu: false };
}

function fixedFacts(backend: BackendId) {
  const { side, runtime, executionProvider } = BACKENDS[backend];
  return { backend, side, executionProvider, runtime, optimizationLevel: OPTIMIZATION_LEVEL };
}
