import type { ErrorCode } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Device } from "./device.ts";
import type { Provider } from "./providers.ts";

/** What is being downloaded or prepared. */
export interface Progress {
  readonly what: "runtime" | "model" | "session";
  readonly loadedBytes: number;
  /** Null if unknown. */
  readonly totalBytes: number | null;
}

export interface Started {
  readonly runtimeVersion: string;
  /** Null for WebAssembly: a page cannot learn which processor it runs on. */
  readonly device: Device | null;
}

/** One input's result, which can be posted between threads. */
export type PostedInference =
  | { readonly ok: true; readonly logits: Float32Array; readonly latencyMs: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** From the page to its worker. */
export type Request =
  | { readonly id: number; readonly kind: "start"; readonly provider: Provider }
  | {
      readonly id: number;
      readonly kind: "run";
      readonly model: ModelInfo;
      /** One image each. */
      readonly tensors: readonly Float32Array[];
    };

/** From the worker: one `started`, `answered` or `failed` per request, and progress in between. */
export type Reply =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "started"; readonly id: number; readonly started: Started }
  | {
      readonly kind: "answered";
      readonly id: number;
      readonly inferences: readonly PostedInference[];
      /** The device that the sessions run on. */
      readonly device: Device | null;
    }
  | { readonly kind: "failed"; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** The device is lost; no request will be answered. */
  | { readonly kind: "lost"; readonly message: string };
