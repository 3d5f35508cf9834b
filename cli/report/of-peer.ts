import type { Precision, Quantity } from "#core/peers/peer.ts";
import { softmax } from "#core/softmax.ts";
import type * as wire from "../parity-report.ts";
import type { ReportedAnswer, ReportedPair, ReportedSource, ReportedTensor } from "./run-report.ts";

/** What is said wherever a peer's answers are shown: "decimal, not bits" must not be overlooked. */
export function comparedAs(quantity: Quantity, precision: Precision): string {
  const what = quantity === "LOGITS" ? "logits" : "probabilities";
  return precision === "BITS" ? `${what} in bits` : `${what} in decimal, not bits`;
}

/** "WASM against CPU"; with a peer, also what was compared and how. */
export function pairTitle({ other, reference, peer }: Pick<ReportedPair, "other" | "reference" | "peer">): string {
  const compared = peer === undefined ? "" : ` (${comparedAs(peer.quantity, peer.precision)})`;
  return `${other} against ${reference}${compared}`;
}

/** A peer among the sources: of its runtime and its machine nothing is known. */
export function sourceOfPeer(peer: wire.ReportedPeer, pairs: readonly wire.ReportedPair[]): ReportedSource {
  const { quantity = null, precision = null } = pairs.find(({ other }) => other === peer.id) ?? {};
  const compared = quantity === null || precision === null ? "" : `: ${comparedAs(quantity, precision)}`;
  return {
    source: peer.id,
    model: 0,
    available: peer.available,
    reason: peer.reason,
    backend: null,
    side: null,
    executionProvider: null,
    runtime: `peer, ${peer.protocol}${compared}`,
    runtimeVersion: null,
    optimizationLevel: null,
    threads: null,
    batch: null,
    device: peer.url,
    hardwareGpu: false,
  };
}

/** Null for a pair of backends, whose logits are compared in bits. */
export function comparisonOf({ quantity, precision }: wire.ReportedDrift): NonNullable<ReportedPair["peer"]> | null {
  return quantity === null || precision === null ? null : { quantity, precision };
}

/** A peer's answer as any source's; only float32 logits are a tensor that can be compared again. */
export function answerOfPeer(source: string, given: wire.ReportedPeerOutput, output: string): ReportedAnswer {
  const { quantity, precision, label, classIndex, values, decimals, bits, sha256, latencyMs, roundTripMs, note } =
    given;
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
    peer: { quantity, precision, values, decimals, roundTripMs, note },
  };
}
