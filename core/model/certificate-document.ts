import type { Certification } from "../certify/certificate.ts";
import type { ExternalFile } from "../onnx/external-file.ts";

const CERTIFICATE_FORMAT = "isobit-certificate/1";

/** What a certificate is about. */
export interface CertificateSubject {
  /** SHA-256 of the file as it was given. */
  readonly sha256: string;
  /** SHA-256 of the bytes that the proof covers: the file itself, or its adapted and canonical form. */
  readonly executedSha256: string;
  /** Files of weights that belong to the file. */
  readonly external: readonly ExternalFile[];
  readonly irVersion: number;
  /** What was changed in the file before it runs, in sentences. */
  readonly adaptations: readonly string[];
}

/**
 * A certificate as the file that `isobit check-certificate` reads: its subject, its statements, and its claims about
 * every tensor.
 * @param model its name for readers
 * @param isobit the version that made it
 */
export function certificateDocument(
  { certificate, claims }: Extract<Certification, { certified: true }>,
  model: string,
  subject: CertificateSubject,
  isobit: string,
): Readonly<Record<string, unknown>> {
  return { format: CERTIFICATE_FORMAT, isobit, model, subject, certified: true, ...certificate, claims };
}
