import { concurrencyOf, type PeerProtocol, type PeerStatus } from "#core/peers/peer.ts";
import type { PeerOutputAnswer } from "#core/respond.ts";
import { bytesOf } from "#core/tensors/bits.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import type { SoftmaxPart } from "#core/verdicts/softmax-rounding.ts";
import { builder } from "./builder.ts";
import { enumOf } from "./enums.ts";
import { finiteOrNull } from "./floats.ts";

export const QuantityEnum = enumOf("Quantity", "What was compared.", {
  LOGITS: "The model's output before any softmax.",
  PROBABILITIES: "A peer's own probabilities, with the softmax of the reference's logits as the host computes it.",
});

export const PrecisionEnum = enumOf("Precision", "How exactly a comparison was possible.", {
  BITS: "float32, bit by bit.",
  DECIMAL: "A peer sent decimal text. An element differs if the reference does not round to that text.",
});

const PROTOCOLS = {
  paragon: "PARAGON",
  oip: "OIP",
  "oip-probabilities": "OIP_PROBABILITIES",
} as const satisfies Record<PeerProtocol, string>;

const PeerProtocolEnum = enumOf("PeerProtocol", "How a peer is asked.", {
  PARAGON: "Paragon's REST interface.",
  OIP: "The Open Inference Protocol; outputs are logits.",
  OIP_PROBABILITIES: "The Open Inference Protocol; outputs are probabilities.",
});

export const PeerStatusType = builder.objectRef<PeerStatus>("PeerStatus").implement({
  description: "A service that PEERS names, and whether it reports to be available.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Names the peer in other fields." }),
    url: t.exposeString("url", { description: "The service's address." }),
    protocol: t.exposeString("protocol", {
      description: "The protocol as PEERS writes it: paragon, oip or oip-probabilities.",
      deprecationReason: "Use `protocolKind`, an enum.",
    }),
    protocolKind: t.field({
      type: PeerProtocolEnum,
      description: "The protocol.",
      resolve: ({ protocol }) => PROTOCOLS[protocol],
    }),
    concurrency: t.int({
      description: "Number of calls that this side makes to it at the same time; PEERS sets it.",
      resolve: (status) => concurrencyOf(status),
    }),
    available: t.boolean({
      description: "True if the service reports that it can answer.",
      resolve: ({ error }) => error === null,
    }),
    reason: t.string({
      nullable: true,
      description: "Why the peer is unavailable, and what to do; null if it is available.",
      resolve: ({ error }) => error?.message ?? null,
    }),
  }),
});

export const SoftmaxPartType = builder.objectRef<SoftmaxPart>("SoftmaxPart").implement({
  description:
    "The part of a difference between probabilities that a peer's own float32 softmax can account for; the reference's softmax is computed in float64.",
  fields: (t) => ({
    bound: t.exposeFloat("bound", {
      description: "The largest change of any of these probabilities that the softmax can cause, for the same logits.",
    }),
    explained: t.exposeInt("explained", {
      description:
        "Number of `differingElements` within the bound of the element itself. They are not evidence of different logits and do not count as DRIFT.",
    }),
  }),
});

export const PeerOutput = builder.objectRef<PeerOutputAnswer>("PeerOutput").implement({
  description: "A peer's response for one image, as the peer sent it.",
  fields: (t) => ({
    quantity: t.field({
      type: QuantityEnum,
      description: "What the values are.",
      resolve: ({ given }) => given.quantity,
    }),
    precision: t.field({
      type: PrecisionEnum,
      description: "How the values were sent.",
      resolve: ({ given }) => given.values.precision,
    }),
    label: t.exposeString("label", { description: "The label of `classIndex`." }),
    classIndex: t.exposeInt("classIndex", {
      description: "The class that the peer names; the index of its largest value if it does not name one.",
    }),
    values: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "One number per label; null where the element is NaN or infinite.",
      resolve: ({ given }) => numbersOf(given.values).map(finiteOrNull),
    }),
    decimals: t.stringList({
      nullable: true,
      description: "The numerals as the peer wrote them; null if it sent bits.",
      resolve: ({ given }) => (given.values.precision === "DECIMAL" ? given.values.numerals : null),
    }),
    bits: t.field({
      type: "Bytes",
      nullable: true,
      description: "The values as little-endian float32; null if the peer sent text.",
      resolve: ({ given }) => bitsOfPeer(given.values),
    }),
    sha256: t.field({
      type: "Sha256",
      nullable: true,
      description: "Digest of `bits`; null if the peer sent text.",
      resolve: ({ given }) => {
        const bits = bitsOfPeer(given.values);
        return bits && sha256Hex(bits);
      },
    }),
    latencyMs: t.float({
      nullable: true,
      description: "Time of the inference as the peer reports it; null if it does not.",
      resolve: ({ given }) => given.latencyMs,
    }),
    roundTripMs: t.float({
      description: "Time from request to response, as this side measured it.",
      resolve: ({ given }) => given.roundTripMs,
    }),
    note: t.string({
      nullable: true,
      description: "A reason to doubt the comparison; null if there is none.",
      resolve: ({ given }) => given.note,
    }),
  }),
});

type PeerValues = PeerOutputAnswer["given"]["values"];

function bitsOfPeer(values: PeerValues): Uint8Array | null {
  return values.precision === "BITS" ? bytesOf(values.floats) : null;
}

function numbersOf(values: PeerValues): number[] {
  return values.precision === "BITS" ? Array.from(values.floats) : values.numerals.map(Number);
}
