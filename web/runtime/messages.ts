import type { ErrorCode } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Device } from "./device.ts";
import type { Provider } from "./providers.ts";

/** What is on its way, or being made ready. */
export interface Progress {
  readonly what: "runtime" | "model" | "session";
  readonly loadedBytes: number;
  /** Null where the server did not say. */
  readonly totalBytes: number | null;
}

/** A runtime that is there. */
export interface Started {
  readonly runtimeVersion: string;
  /** Null for WebAssembly: a page is not told which processor it runs on. */
  readonly device: Device | null;
}

/** One input's answer, as it can be posted between threads. */
export type PostedInference =
  | { readonly ok: true; readonly logits: Float32Array; readonly latencyMs: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** What the page asks of its worker. */
export type Request =
  | { readonly id: number; readonly kind: "start"; readonly provider: Provider }
  | {
      readonly id: number;
      readonly kind: "run";
      readonly model: ModelInfo;
      /** One image each. */
      readonly tensors: readonly Float32Array[];
    };

/** What the worker says: one `started`, `answered` or `failed` a request, and progress meanwhile. */
export type Reply =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "started"; readonly id: number; readonly started: Started }
  | {
      readonly kind: "answered";
      readonly id: number;
      readonly inferences: readonly PostedInference[];
      /** The device that the sessions really run on. */
      readonly device: Device | null;
    }
  | { readonly kind: "failed"; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** The device is gone, whatever was asked. */
  | { readonly kind: "lost"; readonly message: string };
