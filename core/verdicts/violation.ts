import type { BackendId } from "../backends/backend.ts";

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
