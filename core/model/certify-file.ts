import type { Certification } from "../certify/certificate.ts";
import type { CertifyOptions as ProverOptions } from "../certify/certify.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import type { ReadExternal } from "../onnx/external-file.ts";
import { requireOptions } from "../options.ts";
import { readModel } from "../onnx/read.ts";
import { orIncomplete } from "../onnx/rejected.ts";
import { statedPreprocess } from "../onnx/stated-preprocess.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import { type Candidate, candidateOf, channelsIn, UNSCALED } from "./candidate.ts";
import type { CertificateSubject } from "./certificate-document.ts";
import { certifyAsRun } from "./certify-as-run.ts";
import { ownPreprocess } from "./model-preprocess.ts";

type Prover = Pick<ProverOptions, "anyAlgorithm" | "tf32" | "webgpu">;

export interface CertifyOptions extends Prover {
  /**
   * How grey levels 0-255 become inputs: (level * scale - mean) / std, with 255 - level for level where `invert`. Default,
   * key by key: what the file's metadata state (`exactify` writes it), otherwise scale 1, mean 0, std 1, not inverted.
   */
  readonly preprocess?: Partial<Preprocess>;
  /** Reads a file of weights that the model names, by its location; undefined if there is none. Default: none is read. */
  readonly readExternal?: ReadExternal;
}

export interface CertifyResult {
  /** The proof, or the first node that may give other bits on some backend. */
  readonly certification: Certification;
  /** The ONNX file that the certificate covers, to be run unchanged. Null without a certificate. */
  readonly executed: Uint8Array | null;
  readonly subject: CertifiedSubject;
  /** The preprocessing that the proof assumes: feed the model in the same way. */
  readonly preprocess: Preprocess;
}

/** What was certified, or not; what only a certificate has is null without one. */
export interface CertifiedSubject extends Omit<CertificateSubject, "executedSha256" | "irVersion"> {
  /** SHA-256 of `executed`. */
  readonly executedSha256: string | null;
  readonly irVersion: number | null;
}

/**
 * Proves that a model gives the same bits on every conforming backend, in any order of summation, with or without fused
 * multiply-add, for every image; or names the first node that may not. The model is first brought into its canonical form
 * (a final Softmax is cut off, for example), whose bytes are `executed`.
 * @param model an ONNX file
 * @throws IsobitError BAD_INPUT for options that are not an object, INCOMPLETE for a file that is not a complete ONNX model,
 *   and for preprocessing that cannot be used
 * @example
 * ```ts
 * const file = await fetch("/model.onnx");
 * const { certification } = await certify(new Uint8Array(await file.arrayBuffer()), { preprocess: { scale: 1 / 256 } });
 * console.log(certification.certified ? certification.certificate.inputDomain : certification.firstFailure.reason);
 * ```
 */
export async function certify(model: Uint8Array, options: CertifyOptions = {}): Promise<CertifyResult> {
  const { preprocess = {}, readExternal, ...wanted } = requireOptions(options);
  requireOptions(preprocess);
  return await orIncomplete(async () => {
    const stated = statedPreprocess(readModel(model)) ?? {};
    const channels = channelsIn(stated["mean"], stated["std"], preprocess.mean, preprocess.std);
    const own = ownPreprocess({}, stated, UNSCALED, channels);
    const candidate = await candidateOf(model, { ...own, ...preprocess }, readExternal);
    return certifyCandidate(candidate, wanted);
  });
}

export function certifyCandidate(candidate: Candidate, options: Prover): CertifyResult {
  const { model, shape, preprocess, sha256, external, adaptations: before } = candidate;
  const proved = certifyAsRun(model, preprocess, shape, options);
  const { executed, irVersion, adaptations } = proved.certified
    ? proved
    : { executed: null, irVersion: null, adaptations: [] };
  const executedSha256 = executed && sha256Hex(executed);
  const subject = { sha256, executedSha256, external, irVersion, adaptations: [...before, ...adaptations] };
  return { certification: proved.certification, executed, subject, preprocess };
}
