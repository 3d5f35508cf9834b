import type { BackendId } from "./backends.ts";
import type { ImageSource } from "./image/image.ts";
import type { Tolerance } from "./verdicts/drift.ts";

/** One request: which inputs, on which backends and peers, against which reference. */
export interface InferenceRequest {
  /** Ids of built-in images; default without inputs: all of them. */
  readonly images?: readonly string[];
  readonly inputs?: readonly ImageSource[];
  /** Default: WASM, CPU and every other available backend. */
  readonly backends?: readonly BackendId[];
  /** Ids of configured peers; default: none. */
  readonly peers?: readonly string[];
  readonly reference?: BackendId;
  readonly model?: string;
  readonly tolerance?: Tolerance;
}
