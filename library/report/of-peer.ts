import { bareSource } from "./bare-source.ts";
import type { Precision, Quantity } from "#core/peers/peer.ts";
import { softmax } from "#core/tensors/softmax.ts";
import type * as wire from "../stack/parity-query.ts";
import { count, short } from "./numbers.ts";
import type { ReportedAnswer, ReportedPair, ReportedPeerValues, ReportedSource, ReportedTensor } from "./run-report.ts";

/** Shown with every answer of a peer: "decimal, not bits" must not be overlooked. */
export function comparedAs(quantity: Quantity, precision: Precision): string {
  const what = quantity === "LOGITS" ? "logits" : "probabilities";
  return precision === "BITS" ? `${what} in bits` : `${what} in decimal, not bits`;
}

/** "WASM against CPU"; with a peer, also what was compared and how. */
export function pairTitle({ other, reference, peer }: Pick<ReportedPair, "other" | "reference" | "peer">): string {
  const compared = peer === undefined ? "" : ` (${comparedAs(peer.quantity, peer.precision)})`;
  return `${other} against ${reference}${compared}`;
}

/** What part of a difference between probabilities is the peer's own softmax; null where there is nothing to explain. */
export function softmaxText({ peer, differingElements, maxAbs }: ReportedPair): string | null {
  if (!peer?.softmax || differingElements === 0) return null;
  const { bound, explained } = peer.softmax;
  const part = explained === differingElements ? "all" : String(explained);
  return `A softmax computed in float32 can change a probability by up to ${short(bound)} here; that explains ${part} of ${count(differingElements, "differing value")} (max |delta| ${short(maxAbs)}).`;
}

/** A peer as a source: its runtime and machine are unknown. */
export function sourceOfPeer(peer: wire.ReportedPeer, pairs: readonly wire.ReportedPair[]): ReportedSource {
  const { quantity = null, precision = null } = pairs.find(({ other }) => other === peer.id) ?? {};
  const compared = quantity === null || precision === null ? "" : `: ${comparedAs(quantity, precision)}`;
  return bareSource(peer.id, {
    available: peer.available,
    reason: peer.reason,
    runtime: `peer, ${peer.protocol}, ${peer.concurrency === 1 ? "one call" : `${peer.concurrency} calls`} at a time${compared}`,
    device: peer.url,
  });
}

/** Null for a pair of backends, whose logits are compared in bits. */
export function comparisonOf({
  quantity,
  precision,
  softmax: part,
}: Pick<wire.ReportedPair, "quantity" | "precision" | "softmax">): NonNullable<ReportedPair["peer"]> | null {
  if (quantity === null || precision === null) return null;
  return { quantity, precision, ...(part && { softmax: part }) };
}

/** A peer's answer as any source's; only float32 logits are a tensor that can be compared again. */
export function answerOfPeer(source: string, given: wire.ReportedPeerOutput, output: string): ReportedAnswer {
  const { quantity, label, classIndex, values, bits, sha256, latencyMs } = given;
  const probabilities =
    quantity === "PROBABILITIES" ? values : softmax(Float64Array.from(values, (each) => each ?? NaN));
  const tensor: ReportedTensor[] =
    quantity === "LOGITS" && bits !== null && sha256 !== null
      ? [{ name: output, type: "float32", dims: [values.length], sha256, bits }]
      : [];
  return {
    source,
    error: null,
    prediction: {
      label,
      classIndex,
      probabilities: probabilities.map((each) => (Number.isFinite(each) ? each : null)),
    },
    latencyMs,
    tensors: tensor,
    peer: valuesOfPeer(given),
  };
}

export function valuesOfPeer(given: wire.ReportedPeerOutput): ReportedPeerValues {
  const { quantity, precision, values, decimals, roundTripMs, note } = given;
  return { quantity, precision, values, decimals, roundTripMs, note };
}
