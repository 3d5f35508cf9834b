import type { Certification } from "../certify/certificate.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import type { ExternalFile, ReadExternal } from "../onnx/external-file.ts";
import { requireOptions } from "../options.ts";
import { readModel } from "../onnx/read.ts";
import { orIncomplete } from "../onnx/rejected.ts";
import { statedPreprocess } from "../onnx/stated-preprocess.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import { type Candidate, candidateOf, channelsIn, UNSCALED } from "./candidate.ts";
import { certifyAsRun } from "./certify-as-run.ts";
import { ownPreprocess } from "./model-preprocess.ts";

export interface CertifyOptions {
  /**
   * How grey levels 0-255 become inputs: (level * scale - mean) / std, with 255 - level for level where `invert`. Default,
   * key by key: what the file's metadata state (`exactify` writes it), otherwise scale 1, mean 0, std 1, not inverted.
   */
  readonly preprocess?: Partial<Preprocess>;
  /** Also refuse what keeps the proof from covering every convolution algorithm (Winograd, FFT). Default: false. */
  readonly anyAlgorithm?: boolean;
  /** Also refuse factors that TF32 would round. Default: false. */
  readonly tf32?: boolean;
  /** Also refuse what ONNX Runtime's WebGPU is known to compute wrongly. Default: false. */
  readonly webgpu?: boolean;
  /** Reads a file of weights that the model names, by its location; undefined where there is none. Default: none is read. */
  readonly readExternal?: ReadExternal;
}

export interface CertifyResult {
  /** The proof, or the first node that may give other bits somewhere. */
  readonly certification: Certification;
  /** The ONNX file that the certificate speaks of. Run these bytes as they are. Null where there is no certificate. */
  readonly executed: Uint8Array | null;
  readonly subject: CertifiedSubject;
  /** What the proof assumes of the input: feed the model in the same way. */
  readonly preprocess: Preprocess;
}

/** What was certified, or was to be. */
export interface CertifiedSubject {
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
 * Proves that a model gives the same bits on every conforming backend, in any order of summation, with or without fused
 * multiply-add, for every image; or names the first node that may not. The model is brought into its canonical form
 * first (a final Softmax is cut off, among others), and `executed` are the bytes of that form.
 * @param model an ONNX file
 * @throws IsobitError BAD_INPUT for options that are not an object, INCOMPLETE for what is not a whole ONNX model, and for a preprocessing that cannot be used
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

/** Certifies a model that was read, in its canonical form. */
export function certifyCandidate(candidate: Candidate, options: Prover): CertifyResult {
  const { model, shape, preprocess, sha256, external, adaptations } = candidate;
  const proved = certifyAsRun(model, preprocess, shape, options);
  const { certification } = proved;
  if (!proved.certified) {
    const subject = { sha256, executedSha256: null, external, irVersion: null, adaptations };
    return { certification, executed: null, subject, preprocess };
  }
  const { executed, irVersion } = proved;
  const all = [...adaptations, ...proved.adaptations];
  const subject = { sha256, executedSha256: sha256Hex(executed), external, irVersion, adaptations: all };
  return { certification, executed, subject, preprocess };
}

type Prover = Pick<CertifyOptions, "anyAlgorithm" | "tf32" | "webgpu">;
