import type { Certification } from "#core/certify/certificate.ts";
import { IsobitError } from "#core/errors.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import { certificateDocument } from "#core/model/certificate-document.ts";
import { type CertifiedAsRun, certifyAsRun } from "#core/model/certify-as-run.ts";
import type { ExternalFile } from "#core/onnx/external.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { ownVersion } from "../report/own-version.ts";
import { type Candidate, readCandidate } from "./read-candidate.ts";

export interface CertifyOptions {
  /**
   * How grey levels 0 to 255 become the model's input. Default: what the manifest says for a shipped model, otherwise the
   * sidecar `<model file>.json`, otherwise the file itself, otherwise unscaled.
   */
  readonly preprocess?: Partial<Preprocess>;
  /** Also refuse what holds only without Winograd and FFT convolutions. Default: false. */
  readonly anyAlgorithm?: boolean;
  /** Also refuse what holds only without TF32. Default: false. */
  readonly tf32?: boolean;
  /** Also refuse what ONNX Runtime's WEBGPU is known to compute wrongly. Default: false. */
  readonly webgpu?: boolean;
}

export interface CertifyResult {
  /** The proof, or the first node that may give other bits somewhere. */
  readonly certification: Certification;
  /** What `certify --json` prints; where it is certified, the file that `check-certificate` reads. */
  readonly document: Readonly<Record<string, unknown>>;
  /** The bytes that the certificate speaks of, to be run as they are; null where there is no certificate. */
  readonly executed: Uint8Array | null;
  readonly subject: CertifiedSubject;
  /** What the proof assumes of the input: a server must feed the model in the same way. */
  readonly preprocess: Preprocess;
}

interface CertifiedSubject {
  /** SHA-256 of the file as it was given. */
  readonly sha256: string;
  /** SHA-256 of `executed`. */
  readonly executedSha256: string | null;
  /** Files of weights that belong to the model. */
  readonly external: readonly ExternalFile[];
  readonly irVersion: number | null;
  /** What was changed in the file before it runs, in sentences. */
  readonly adaptations: readonly string[];
}

/**
 * Proves that a model gives the same bits everywhere, or names the first node that may not.
 * @param model path of an .onnx file, id of a shipped model, or the bytes of a file
 * @throws LibraryError INCOMPLETE for what cannot be read or is not an ONNX model
 * @example
 * const { certification, executed } = await certify("model.onnx", { preprocess: { scale: 1 / 256 } });
 * if (certification.certified) await writeFile("certified.onnx", executed);
 */
export async function certify(model: string | Uint8Array, options: CertifyOptions = {}): Promise<CertifyResult> {
  const { preprocess, anyAlgorithm = false, tf32 = false, webgpu = false } = options;
  const candidate = await unlessUnreadable(() => readCandidate(model, (own) => ({ ...own, ...preprocess })));
  const proved = certifyAsRun(candidate.model, candidate.preprocess, candidate.shape, { anyAlgorithm, tf32, webgpu });
  const subject = subjectOf(proved, candidate);
  const { certification } = proved;
  return {
    certification,
    document: documentOf(proved, subject, typeof model === "string" ? model : "(bytes)"),
    executed: proved.certified ? proved.executed : null,
    subject,
    preprocess: candidate.preprocess,
  };
}

function subjectOf(proved: CertifiedAsRun, { sha256, external, adaptations }: Candidate): CertifiedSubject {
  if (!proved.certified) return { sha256, executedSha256: null, external, irVersion: null, adaptations };
  const { executed, irVersion } = proved;
  const all = [...adaptations, ...proved.adaptations];
  return { sha256, executedSha256: sha256Hex(executed), external, irVersion, adaptations: all };
}

function documentOf(proved: CertifiedAsRun, subject: CertifiedSubject, model: string): CertifyResult["document"] {
  if (!proved.certified) return { model, subject, ...proved.certification };
  const { irVersion } = proved;
  const executedSha256 = subject.executedSha256 ?? "";
  return certificateDocument(proved.certification, model, { ...subject, executedSha256, irVersion }, ownVersion());
}

async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ModelRejected) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}
