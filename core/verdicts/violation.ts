import type { BackendId } from "../backends.ts";

/** The code for bits that differ although a proof rules it out. */
export const CERTIFICATE_VIOLATED = "CERTIFICATE_VIOLATED";

/** A violated certificate, with everything needed to reproduce it. */
export interface Violation {
  readonly image: string;
  readonly reference: BackendId;
  readonly other: string;
  readonly differingElements: number;
  /** SHA-256 of the model's executed bytes. */
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

/** The message of a violation, the same for every command and the page. */
export function violationMessage({
  model,
  reference,
  other,
  differing,
  input,
  suspect = "A backend",
}: ViolatedClaim): string {
  return `${CERTIFICATE_VIOLATED}: ${model} is proved to have the same bits on ${reference} and ${other}, but ${differing} differ on ${input}. ${suspect} computes wrong results, or an assumption of the certificate does not hold there.`;
}
