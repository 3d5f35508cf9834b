import { bytesOf } from "./tensors/bits.ts";
import type { Comparison } from "./compare.ts";
import type { Outputs } from "./infer.ts";
import type { PreparedInput } from "./preprocess.ts";
import type { Plan } from "./validate.ts";
import { CERTIFICATE_VIOLATED, type Violation } from "./verdicts/violation.ts";

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
