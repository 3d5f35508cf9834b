import type { BackendId, Side } from "./backends.ts";
import type { Backend } from "./backends/backend.ts";
import type { Explanation } from "./explain/explanation.ts";
import type { NodeRequest } from "./explain/request.ts";
import type { Levels } from "./image/grey.ts";
import type { ImageEntry } from "./image/image.ts";
import type { Catalogue, ImageModel, ModelInfo } from "./model/model.ts";
import type { Verdict } from "./verdicts/verdict.ts";
import type { Peer } from "./peers/peer.ts";

/** Everything the main path needs from the side it runs on. The path itself has no I/O and no clock. */
export interface Host {
  readonly side: Side;
  readonly version: string;
  readonly catalogue: Catalogue;
  readonly images: readonly ImageEntry[];
  /** The executed bytes of a model, their hash checked. */
  readModel(model: ModelInfo): Promise<Uint8Array>;
  /** `explainNode`, run where it delays other requests least. */
  explain(request: NodeRequest): Promise<Explanation | null>;
  /** The encoded bytes of a built-in image. */
  readImage(entry: ImageEntry): Promise<Uint8Array>;
  /**
   * Decodes images that are not PNG, one result per input in the same order: its `modelLevels`, or the error.
   * PNG is decoded by `core/image/png/png.ts`, in the same way on every side.
   */
  decodeOther(files: readonly Uint8Array[], model: ImageModel): Promise<(Levels | Error)[]>;
  /** SHA-256 as 64 lower-case hex digits, if this side has a faster one than `core/tensors/sha256.ts`. */
  sha256?(bytes: Uint8Array): string;
  /** Every backend, local or reached over HTTP, in the order of BACKENDS. */
  readonly backends: ReadonlyMap<BackendId, Backend>;
  /** Every peer that PEERS names, by its id. */
  readonly peers: ReadonlyMap<string, Peer>;
  /**
   * Lets other requests have a turn on the thread, unless fewer rows than ROWS_BETWEEN_PAUSES were worked on since.
   * @throws IsobitError TIMEOUT once the request's call has ended
   */
  pause(rows: number): Promise<void>;
  /** Called with the verdict of each comparison of at least two sources, for the metrics. */
  compared?(verdict: Verdict, violations: number): void;
  /** Called with one line per violated certificate, for the log. */
  alarm(line: string): void;
  /** Milliseconds since some fixed moment; monotonic. */
  now(): number;
  /** Wall-clock time as ISO 8601. */
  timestamp(): string;
}
