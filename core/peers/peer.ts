import type { IsobitError } from "../errors.ts";
import type { ImageEntry } from "../image/image.ts";
import { PARAGON_CALLS_AT_ONCE, PEER_CALLS_AT_ONCE } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";

/** The protocol of a peer. The two variants of the Open Inference Protocol differ in the meaning of the numbers. */
export type PeerProtocol = "paragon" | "oip" | "oip-probabilities";

export interface PeerAddress {
  /** Names the peer as a source; never a backend's name. */
  readonly id: string;
  readonly protocol: PeerProtocol;
  /** Without the protocol prefix and without a trailing slash. */
  readonly url: string;
  /** Maximum number of simultaneous calls; absent: the protocol's default. */
  readonly concurrency?: number;
}

export function concurrencyOf({ concurrency, protocol }: PeerAddress): number {
  return concurrency ?? (protocol === "paragon" ? PARAGON_CALLS_AT_ONCE : PEER_CALLS_AT_ONCE);
}

/** The kind of a peer's numbers. A softmax loses the logits' common offset, so the two are never mixed. */
export type Quantity = "LOGITS" | "PROBABILITIES";

/** Whether a peer returned float32 bits, or text that may have been rounded. */
export type Precision = "BITS" | "DECIMAL";

export type PeerValues =
  | { readonly precision: "BITS"; readonly floats: Float32Array }
  /** JSON numerals as the peer wrote them. */
  | { readonly precision: "DECIMAL"; readonly numerals: readonly string[] };

/** A peer's answer for one input: as many values as the model has labels. */
export interface GivenAnswer {
  readonly ok: true;
  readonly quantity: Quantity;
  readonly values: PeerValues;
  /** The class that the peer names; null if it names none. */
  readonly classIndex: number | null;
  /** As reported by the peer; null if it reports none. */
  readonly latencyMs: number | null;
  /** From request to response, as measured here. */
  readonly roundTripMs: number;
  /** A reason to doubt the comparison; null if there is none. */
  readonly note: string | null;
}

/** One input's answer, or why it is missing. */
export type PeerAnswer =
  | GivenAnswer
  | {
      readonly ok: false;
      readonly error: IsobitError;
      /** Both answers, in order, if the peer answered the same request differently. */
      readonly conflicting?: readonly GivenAnswer[];
    };

export interface PeerInput {
  readonly tensor: Float32Array;
  /** The built-in image that it was made from, for peers that accept no other; null for other inputs. */
  readonly image: ImageEntry | null;
}

export interface PeerStatus extends PeerAddress {
  /** Null if the peer reports that it can answer. */
  readonly error: IsobitError | null;
}

/** Another service that runs a model of the same name or file, configured by PEERS only. */
export interface Peer extends PeerAddress {
  /** Never throws. */
  status(): Promise<PeerStatus>;
  /**
   * One answer per input, in order. Each input is a separate request, because nothing is known about a peer's batches.
   * At most `concurrencyOf` calls run at once, including those of other requests.
   * @param options.alone no other call runs at the same time as one of these
   * @throws IsobitError if the peer cannot be asked at all
   */
  ask(model: ModelInfo, inputs: readonly PeerInput[], options?: { readonly alone?: boolean }): Promise<PeerAnswer[]>;
}
