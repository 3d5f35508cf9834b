import { bytesOf } from "#core/tensors/bits.ts";
import { concurrencyOf, type PeerStatus, type Precision, type Quantity } from "#core/peers/peer.ts";
import type { SoftmaxPart } from "#core/verdicts/softmax-rounding.ts";
import type { PeerOutputAnswer } from "#core/respond.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { builder } from "./builder.ts";
import { finiteOrNull } from "./floats.ts";

export const QuantityEnum = builder.enumType("Quantity", {
  description: "What was compared.",
  values: {
    LOGITS: { value: "LOGITS" as Quantity },
    PROBABILITIES: {
      value: "PROBABILITIES" as Quantity,
      description: "A peer's own, against the softmax of the reference's logits that the host makes.",
    },
  },
});

export const PrecisionEnum = builder.enumType("Precision", {
  description: "How exactly it could be compared.",
  values: {
    BITS: { value: "BITS" as Precision, description: "float32, bit by bit." },
    DECIMAL: {
      value: "DECIMAL" as Precision,
      description:
        "Decimal, not bits: a peer gave text, and an element differs where the reference does not round to its text.",
    },
  },
});

export const PeerStatusType = builder.objectRef<PeerStatus>("PeerStatus").implement({
  description: "A service that PEERS names, and whether it says that it can answer.",
  fields: (t) => ({
    id: t.exposeID("id"),
    url: t.exposeString("url"),
    protocol: t.exposeString("protocol", { description: "paragon, oip or oip-probabilities." }),
    concurrency: t.int({
      description: "Calls to it that this side makes at the same time; PEERS sets it.",
      resolve: (status) => concurrencyOf(status),
    }),
    available: t.boolean({ resolve: ({ error }) => error === null }),
    reason: t.string({
      nullable: true,
      description: "Why it is not available, in words a person can act on.",
      resolve: ({ error }) => error?.message ?? null,
    }),
  }),
});

export const SoftmaxPartType = builder.objectRef<SoftmaxPart>("SoftmaxPart").implement({
  description:
    "The part of a difference between probabilities that a peer's own softmax, computed in float32, can account for; the reference's softmax is computed in float64.",
  fields: (t) => ({
    bound: t.exposeFloat("bound", {
      description: "The most by which it can change any of these probabilities, for the same logits.",
    }),
    explained: t.exposeInt("explained", {
      description:
        "Of `differingElements`, those within that bound for the element itself. They are not evidence that logits differ and do not count as DRIFT.",
    }),
  }),
});

export const PeerOutput = builder.objectRef<PeerOutputAnswer>("PeerOutput").implement({
  description: "What a peer gave for one image, as it gave it.",
  fields: (t) => ({
    quantity: t.field({ type: QuantityEnum, resolve: ({ given }) => given.quantity }),
    precision: t.field({ type: PrecisionEnum, resolve: ({ given }) => given.values.precision }),
    label: t.exposeString("label"),
    classIndex: t.exposeInt("classIndex", {
      description: "The class that the peer names itself; where it names none, that of its largest value.",
    }),
    values: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "Null where the element is NaN or infinite.",
      resolve: ({ given }) => numbersOf(given.values).map(finiteOrNull),
    }),
    decimals: t.field({
      type: ["String"],
      nullable: true,
      description: "The numerals as the peer wrote them; null where it gave bits.",
      resolve: ({ given }) => (given.values.precision === "DECIMAL" ? [...given.values.numerals] : null),
    }),
    bits: t.field({
      type: "Bytes",
      nullable: true,
      description: "Little-endian float32; null where it gave text.",
      resolve: ({ given }) => (given.values.precision === "BITS" ? bytesOf(given.values.floats) : null),
    }),
    sha256: t.string({
      nullable: true,
      description: "SHA-256 of `bits`; null where it gave text.",
      resolve: ({ given }) => (given.values.precision === "BITS" ? sha256Hex(bytesOf(given.values.floats)) : null),
    }),
    latencyMs: t.float({
      nullable: true,
      description: "Of the inference, by the peer's own word; null where it says nothing of it.",
      resolve: ({ given }) => given.latencyMs,
    }),
    roundTripMs: t.float({
      description: "From asking to having the answer, as the side that asked saw it.",
      resolve: ({ given }) => given.roundTripMs,
    }),
    note: t.string({
      nullable: true,
      description: "What should make a reader doubt the comparison; null where nothing does.",
      resolve: ({ given }) => given.note,
    }),
  }),
});

function numbersOf(values: PeerOutputAnswer["given"]["values"]): number[] {
  return values.precision === "BITS" ? Array.from(values.floats) : values.numerals.map(Number);
}
