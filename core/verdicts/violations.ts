import type { BackendId } from "../backends/backend.ts";
import { bytesOf } from "../tensors/bits.ts";
import type { Comparison } from "../compare.ts";
import type { Outputs } from "../infer.ts";
import type { PreparedInput } from "../preprocess.ts";
import type { Plan } from "../validate.ts";

/** The code of isobit's loudest alarm: bits differ where a proof says that they cannot. */
export const CERTIFICATE_VIOLATED = "CERTIFICATE_VIOLATED";

/** A broken certificate, with everything that is needed to see it again elsewhere. */
export interface Violation {
  readonly image: string;
  readonly reference: BackendId;
  readonly other: string;
  readonly differingElements: number;
  /** SHA-256 of the model's bytes as they ran. */
  readonly modelSha256: string;
  readonly inputSha256: string;
  /** The input tensor, little-endian float32. */
  readonly input: Uint8Array;
  /** Little-endian float32. */
  readonly referenceBits: Uint8Array;
  /** Little-endian float32. */
  readonly otherBits: Uint8Array;
  readonly message: string;
}

/** Every row in which two backends that the certificate covers differ on an input that it speaks of. */
export function violationsIn(
  plan: Plan,
  inputs: readonly PreparedInput[],
  outputs: Outputs,
  { rows }: Comparison,
): Violation[] {
  return inputs.flatMap((input, row) =>
    (rows[row] ?? []).flatMap(({ reference, other, inCertifiedDomain, differingElements }) => {
      const expected = outputs.get(reference)?.[row];
      const actual = outputs.get(other)?.[row];
      if (!inCertifiedDomain || differingElements === 0 || !input.ok || !expected?.ok || !actual?.ok) return [];
      return {
        image: input.id,
        reference,
        other,
        differingElements,
        modelSha256: plan.model.executedSha256,
        inputSha256: input.sha256,
        input: bytesOf(input.tensor),
        referenceBits: bytesOf(expected.logits),
        otherBits: bytesOf(actual.logits),
        message: `${CERTIFICATE_VIOLATED}: ${plan.model.id} is proved to have the same bits on ${reference} and ${other}, but ${differingElements} logits differ on image ${input.id}. A backend computes wrongly, or an assumption of the certificate does not hold there.`,
      };
    }),
  );
}
