import type { Certificate, CertifiedNode, Failure } from "../certify/certificate.ts";
import type { TensorClaim } from "../certify/claim.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";
import type { ReadExternal } from "../onnx/external.ts";
import { readModel } from "../onnx/read.ts";
import { orIncomplete } from "../onnx/rejected.ts";
import { statedPreprocess } from "../onnx/stated-preprocess.ts";
import { sha256Hex } from "../tensors/sha256.ts";
import { candidateOf, channelsIn, UNSCALED } from "./candidate.ts";
import type { CertificateSubject } from "./certificate-document.ts";
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

export type CertifyResult =
  | {
      readonly certified: true;
      readonly certificate: Certificate;
      /** What is claimed of every tensor, for a checker that trusts no rule. */
      readonly claims: readonly TensorClaim[];
      /** The ONNX file that the certificate speaks of. Run these bytes as they are. */
      readonly executed: Uint8Array;
      /** Hashes of the file that was given and of `executed`, and what was changed between them. */
      readonly subject: CertificateSubject;
    }
  | {
      readonly certified: false;
      /** The first node that may give other bits elsewhere, and why. */
      readonly firstFailure: Failure;
      /** Every node that was examined. */
      readonly nodes: readonly CertifiedNode[];
    };

/**
 * Proves that a model gives the same bits on every conforming backend, in any order of summation, with or without fused
 * multiply-add, for every image; or names the first node that may not. The model is brought into its canonical form
 * first (a final Softmax is cut off, among others), and `executed` are the bytes of that form.
 * @param model an ONNX file
 * @throws IsobitError INCOMPLETE for what is not a whole ONNX model, and for a preprocessing that cannot be used
 * @example
 * ```ts
 * const file = await fetch("/model.onnx");
 * const result = await certify(new Uint8Array(await file.arrayBuffer()), { preprocess: { scale: 1 / 256 } });
 * console.log(result.certified ? result.certificate.inputDomain : result.firstFailure.reason);
 * ```
 */
export async function certify(model: Uint8Array, options: CertifyOptions = {}): Promise<CertifyResult> {
  const { preprocess = {}, readExternal, ...wanted } = options;
  return await orIncomplete(async () => {
    const stated = statedPreprocess(readModel(model)) ?? {};
    const channels = channelsIn(stated["mean"], stated["std"], preprocess.mean, preprocess.std);
    const own = ownPreprocess({}, stated, UNSCALED, channels);
    const candidate = await candidateOf(model, { ...own, ...preprocess }, readExternal);
    const proved = certifyAsRun(candidate.model, candidate.preprocess, candidate.shape, wanted);
    if (!proved.certified) {
      const { firstFailure, nodes } = proved.certification;
      return { certified: false, firstFailure, nodes };
    }
    const { certification, executed, irVersion } = proved;
    const subject = {
      sha256: candidate.sha256,
      executedSha256: sha256Hex(executed),
      external: candidate.external,
      irVersion,
      adaptations: [...candidate.adaptations, ...proved.adaptations],
    };
    return { ...certification, executed, subject };
  });
}
