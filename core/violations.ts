import { bytesOf } from "./tensors/bits.ts";
import type { Comparison } from "./compare.ts";
import type { Outputs } from "./infer.ts";
import type { PreparedInput } from "./preprocess.ts";
import type { Plan } from "./validate.ts";
import { type Violation, violationMessage } from "./verdicts/violation.ts";

/** Every row in which two covered backends differ on an input that the certificate covers. */
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
        message: violationMessage({
          model: plan.model.id,
          reference,
          other,
          differing: `${differingElements} logits`,
          input: `image ${input.id}`,
        }),
      };
    }),
  );
}
