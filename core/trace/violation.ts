import type { BackendId } from "../backends.ts";
import { bytesOf } from "../tensors/bits.ts";
import { coversBackend, isCertifiedInput } from "../model/certified.ts";
import type { ModelInfo } from "../model/model.ts";
import type { PreparedInput } from "../preprocess.ts";
import type { NamedTensors } from "../tensors/tensor-value.ts";
import { type Violation, violationMessage } from "../verdicts/violation.ts";
import { differenceOf } from "./difference.ts";
import type { TracedNode } from "./result.ts";

export interface TracedRun {
  readonly model: ModelInfo;
  readonly reference: BackendId;
  readonly other: BackendId;
  readonly input: Extract<PreparedInput, { ok: true }>;
  /** Each backend's outputs as served. */
  readonly served: ReadonlyMap<BackendId, NamedTensors>;
}

/**
 * The first node whose bits differ although the certificate proves each of its nodes exact for this input on both
 * backends, or the logits as served. The certificate does not cover nodes that the logits do not depend on.
 */
export function violationIn(nodes: readonly TracedNode[], run: TracedRun): Violation | null {
  const { model, reference, other, input } = run;
  const { certificate } = model.proof;
  if (certificate === null || !isCertifiedInput(model, input.tensor)) return null;
  if (!coversBackend(model, reference) || !coversBackend(model, other)) return null;
  const proved = new Set(certificate.nodes.filter(({ exact }) => exact).map(({ name }) => name));
  const broken = nodes.find(({ name, differingElements }) => differingElements > 0 && proved.has(name));
  const logits = servedDifference(run);
  if (!broken && logits === 0) return null;
  const differing = broken?.differingElements ?? logits;
  const where = broken ? `elements of its node ${broken.name} (${broken.op})` : "logits as served";
  return {
    image: input.id,
    reference,
    other,
    differingElements: differing,
    modelSha256: model.executedSha256,
    inputSha256: input.sha256,
    input: bytesOf(input.tensor),
    referenceBits: logitsOf(reference, run),
    otherBits: logitsOf(other, run),
    message: violationMessage({
      model: model.id,
      reference,
      other,
      differing: `${differing} ${where}`,
      input: `image ${input.id}`,
    }),
  };
}

function servedDifference({ model, served, reference, other }: TracedRun): number {
  const [left, right] = [reference, other].map((backend) => served.get(backend)?.get(model.output.name));
  return left && right ? differenceOf(left, right).differing : 0;
}

function logitsOf(backend: BackendId, { model, served }: TracedRun): Uint8Array {
  return served.get(backend)?.get(model.output.name)?.bytes ?? new Uint8Array();
}
