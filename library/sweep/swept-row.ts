import type { Verdict } from "#core/verdicts/verdict.ts";
import type { Precision, Quantity } from "#core/peers/peer.ts";

/** One image as the results file has it, one line per image. A summary is made from these lines alone. */
export interface SweptRow {
  /** Its place in the data set, from 0. */
  readonly index: number;
  readonly id: string;
  /** SHA-256 of the input tensor; null where the image could not be read. */
  readonly inputSha256: string | null;
  /** The class in the data set; null if it states none. */
  readonly expected: number | null;
  /** One a source, by its name. */
  readonly outputs: Readonly<Record<string, SweptOutput>>;
  /** One a pair, in order. */
  readonly pairs: readonly SweptPair[];
  /** Only where a certificate is broken here: everything that is needed to see it again. */
  readonly certificateViolations?: readonly SweptViolation[];
}

export type SweptOutput = SweptLogits | SweptPeer | SweptError;

interface SweptLogits {
  readonly label: string;
  readonly classIndex: number;
  readonly logitsSha256: string;
  /** Base64, little-endian float32: a resumed sweep makes its statistics from them. */
  readonly bits: string;
}

/** What a peer gave. */
export interface SweptPeer {
  readonly label: string;
  readonly classIndex: number;
  readonly quantity: Quantity;
  readonly precision: Precision;
  /** As the peer wrote them; null where it gave bits. */
  readonly decimals: readonly string[] | null;
  /** Base64; null where it gave text. */
  readonly bits: string | null;
  readonly note: string | null;
}

export interface SweptError {
  readonly error: { readonly code: string; readonly message: string };
  /** Both answers of a peer that gave two different ones for this image. */
  readonly conflicting?: readonly SweptPeer[];
}

/** Null metrics: nothing finite was compared. */
export interface SweptPair {
  readonly reference: string;
  readonly other: string;
  readonly verdict: Verdict;
  /** Null where an answer is missing. */
  readonly labelsMatch: boolean | null;
  readonly differingElements: number;
  readonly nonFiniteElements: number;
  readonly maxAbs: number | null;
  readonly meanAbs: number | null;
  readonly l2: number | null;
  readonly maxUlp: number | null;
  /** The model's certificate covers this input: no tolerance applies. */
  readonly inCertifiedDomain: boolean;
}

export interface SweptViolation {
  readonly message: string;
  readonly reference: string;
  readonly other: string;
  readonly differingElements: number;
  readonly modelSha256: string;
  readonly inputSha256: string;
  /** Base64 of the input tensor and of both answers. */
  readonly inputBits: string;
  readonly referenceBits: string;
  readonly otherBits: string;
}

export function isError(output: object): output is SweptError {
  return "error" in output;
}

export function isPeer(output: object): output is SweptPeer {
  return "quantity" in output;
}

/** Errors caused by the image itself: another try gives the same error. */
const OF_THE_IMAGE = new Set(["BAD_INPUT", "IMAGE_NOT_FOUND", "UNSUPPORTED_IMAGE", "INPUT_TOO_LARGE"]);

/** An image that a source did not answer for a reason outside the image: another try may succeed. */
export function deservesAnotherTry({ inputSha256, outputs }: SweptRow): boolean {
  return Object.values(outputs).some(
    (output) => isError(output) && (inputSha256 !== null || !OF_THE_IMAGE.has(output.error.code)),
  );
}
