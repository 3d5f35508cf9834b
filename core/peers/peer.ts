import type { IsobitError } from "../errors.ts";
import type { ImageEntry } from "../image/image.ts";
import { PARAGON_CALLS_AT_ONCE, PEER_CALLS_AT_ONCE } from "../limits.ts";
import type { ModelInfo } from "../model/model.ts";

/** How a peer is spoken to. The two of the Open Inference Protocol differ in what the numbers mean. */
export type PeerProtocol = "paragon" | "oip" | "oip-probabilities";

/** One entry of PEERS. */
export interface PeerAddress {
  /** Names the peer as a source; never a backend's name. */
  readonly id: string;
  readonly protocol: PeerProtocol;
  /** Without the protocol's prefix, and without a trailing slash. */
  readonly url: string;
  /** Calls that may run at the same time; absent: the protocol's default. */
  readonly concurrency?: number;
}

/** Calls to a peer that may run at the same time. */
export function concurrencyOf({ concurrency, protocol }: PeerAddress): number {
  return concurrency ?? (protocol === "paragon" ? PARAGON_CALLS_AT_ONCE : PEER_CALLS_AT_ONCE);
}

/** What a peer's numbers are. A softmax forgets what all logits share, so the two are never mixed. */
export type Quantity = "LOGITS" | "PROBABILITIES";

/** Whether a peer gave float32 bits, or text that may have been rounded. */
export type Precision = "BITS" | "DECIMAL";

export type PeerValues =
  | { readonly precision: "BITS"; readonly floats: Float32Array }
  /** JSON numerals exactly as the peer wrote them. */
  | { readonly precision: "DECIMAL"; readonly numerals: readonly string[] };

/** What a peer gave for one input: as many values as the model has labels. */
export interface GivenAnswer {
  readonly ok: true;
  readonly quantity: Quantity;
  readonly values: PeerValues;
  /** The class that the peer itself names; null where it names none. */
  readonly classIndex: number | null;
  /** As the peer reports it; null where it does not. */
  readonly latencyMs: number | null;
  /** From asking to having the answer, as seen here. */
  readonly roundTripMs: number;
  /** What should make a reader doubt the comparison; null where nothing does. */
  readonly note: string | null;
}

/** One input's answer, or why there is none. */
export type PeerAnswer =
  | GivenAnswer
  | {
      readonly ok: false;
      readonly error: IsobitError;
      /** Where the peer gave two different answers to this request: both, in the order in which they came. */
      readonly conflicting?: readonly GivenAnswer[];
    };

/** One prepared input as a peer is asked for it. */
export interface PeerInput {
  readonly tensor: Float32Array;
  /** The built-in image that it was made from, for peers that take no other; null where it came from elsewhere. */
  readonly image: ImageEntry | null;
}

export interface PeerStatus extends PeerAddress {
  /** Null where the peer says that it can answer. */
  readonly error: IsobitError | null;
}

/** Another service that runs a model of the same name or file, reached by what PEERS says and by nothing else. */
export interface Peer extends PeerAddress {
  /** Never throws. */
  status(): Promise<PeerStatus>;
  /**
   * One answer per input, in order, each asked for on its own: nothing is known about a peer's batches. No more calls
   * run at once than `concurrencyOf` allows, those of other requests included.
   * @param options.alone while each of these calls runs, no other one does
   * @throws IsobitError where the peer cannot be asked at all
   */
  ask(model: ModelInfo, inputs: readonly PeerInput[], options?: { readonly alone?: boolean }): Promise<PeerAnswer[]>;
}
