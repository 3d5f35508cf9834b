import type { BackendId } from "../backends.ts";

/** The code of isobit's loudest alarm: bits differ where a proof says that they cannot. */
export const CERTIFICATE_VIOLATED = "CERTIFICATE_VIOLATED";

/** A violated certificate, with everything that is needed to see it again elsewhere. */
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

/** What a violation is told by: whose bits differ, where, and what may compute wrongly. */
interface ViolatedClaim {
  readonly model: string;
  readonly reference: string;
  readonly other: string;
  /** "3 logits" */
  readonly differing: string;
  /** "image 7" */
  readonly input: string;
  readonly suspect?: string;
}

/** The alarm's sentence, the same for every command and the page. */
export function violationMessage({
  model,
  reference,
  other,
  differing,
  input,
  suspect = "A backend",
}: ViolatedClaim): string {
  return `${CERTIFICATE_VIOLATED}: ${model} is proved to have the same bits on ${reference} and ${other}, but ${differing} differ on ${input}. ${suspect} computes wrongly, or an assumption of the certificate does not hold there.`;
}
