import { BACKENDS, type BackendId, OPTIMIZATION_LEVEL, type Side } from "../backends.ts";
import type { IsobitError } from "../errors.ts";
import type { ModelInfo } from "../model/model.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import type { Part } from "../model/part.ts";

export interface BackendStatus {
  readonly backend: BackendId;
  readonly side: Side;
  readonly available: boolean;
  /** Null when available; otherwise why not, in words a person can act on. */
  readonly reason: string | null;
  readonly executionProvider: string;
  readonly runtime: string;
  /** "unknown" where the side that holds the backend did not answer. */
  readonly runtimeVersion: string;
  readonly optimizationLevel: string;
  readonly device: string | null;
  /** True only where the device is a hardware GPU. */
  readonly hardwareGpu: boolean;
}

/** One input's answer: its logits (float32, as many as the model has labels), or why there are none. */
export type Inference =
  | {
      readonly ok: true;
      readonly logits: Float32Array;
      /** Wall time of this input's share of the run, in ms; null where the side cannot measure it. */
      readonly latencyMs: number | null;
    }
  | { readonly ok: false; readonly error: IsobitError };

/**
 * One execution provider, held here or reached over HTTP. The main path never asks which.
 */
export interface Backend {
  readonly id: BackendId;
  /** Never throws: a backend that cannot run says why in `reason`. */
  status(): Promise<BackendStatus>;
  /**
   * Runs the model on each tensor (float32, row-major, one image each, `model.input.elements` long) and answers in
   * the same order. Tensors are never batched together unless the model's certificate makes rows independent of
   * their batch.
   * @throws IsobitError BACKEND_UNAVAILABLE, BACKEND_FAILED, ORIGIN_UNREACHABLE, UNAUTHENTICATED, OVERLOADED, TIMEOUT
   */
  infer(model: ModelInfo, tensors: readonly Float32Array[]): Promise<Inference[]>;
  /**
   * Runs a part of the model, cut from this backend's own copy, in a session of its own with the options that serve.
   * @param feeds one tensor for each input of the part, by name
   * @returns the part's outputs by name; one that is no tensor of a type that can be compared is left out
   * @throws IsobitError BAD_INPUT for a part that cannot stand alone, and as `infer` does
   */
  evaluate(model: ModelInfo, part: Part, feeds: NamedTensors): Promise<NamedTensors>;
  /** What is left of a part once the optimiser is done (see PartEvaluator); null where the runtime does not tell. */
  fusedNodes(model: ModelInfo, part: Part): Promise<readonly string[] | null>;
}

/** The reason of a backend whose first try is not over: neither available nor given up. */
export const STILL_TRYING = "It is still being tried; ask again in some seconds.";

type Machine = Pick<BackendStatus, "runtimeVersion" | "device" | "hardwareGpu">;

/** The status of a backend that runs. */
export function available(backend: BackendId, machine: Machine): BackendStatus {
  return { ...unchanging(backend), available: true, reason: null, ...machine };
}

/** The status of a backend that is not available, with nothing claimed about its machine. */
export function unavailable(backend: BackendId, reason: string, runtimeVersion = "unknown"): BackendStatus {
  return { ...unchanging(backend), available: false, reason, runtimeVersion, device: null, hardwareGpu: false };
}

function unchanging(
  backend: BackendId,
): Pick<BackendStatus, "backend" | "side" | "executionProvider" | "runtime" | "optimizationLevel"> {
  const { side, runtime, executionProvider } = BACKENDS[backend];
  return { backend, side, executionProvider, runtime, optimizationLevel: OPTIMIZATION_LEVEL };
}
