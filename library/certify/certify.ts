import type { ZodType } from "zod";
import { IsobitError } from "#core/errors.ts";
import type { Preprocess } from "#core/image/preprocess-settings.ts";
import type { Candidate } from "#core/model/candidate.ts";
import { domainOf, inputValuesOf } from "#core/certify/domain.ts";
import { preprocessText } from "#core/image/preprocess-text.ts";
import { certificateDocument } from "#core/model/certificate-document.ts";
import { certifyCandidate, type CertifyResult as CertifiedModel } from "#core/model/certify-file.ts";
import { orIncomplete } from "#core/onnx/rejected.ts";
import { flag, preprocess as preprocessShape, refuseBadOptions } from "../options/checks.ts";
import { ownVersion } from "../report/own-version.ts";
import { readCandidate } from "./read-candidate.ts";

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

export interface CertifyResult extends CertifiedModel {
  /** What `certify --json` prints; where it is certified, the file that `check-certificate` reads. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Which inputs the result covers, in a sentence: preprocessing, range and grid. */
  readonly judged: string;
  /** Set where isobit would serve the file with another preprocessing, so that the result says nothing of what is served. */
  readonly warning: string | null;
}

/**
 * Proves that a model gives the same bits everywhere, or names the first node that may not.
 * @param model path of an .onnx file, id of a shipped model, or the bytes of a file
 * @throws LibraryError BAD_OPTION for options that cannot be used; INCOMPLETE for what cannot be read or is not an ONNX model
 * @example
 * const { certification, executed } = await certify("model.onnx", { preprocess: { scale: 1 / 256 } });
 * if (certification.certified) await writeFile("certified.onnx", executed);
 */
export async function certify(model: string | Uint8Array, options: CertifyOptions = {}): Promise<CertifyResult> {
  refuseBadOptions(SHAPE, options);
  if (typeof model !== "string" && !(model instanceof Uint8Array))
    throw new IsobitError("BAD_OPTION", "A model is a path, an id or a Uint8Array.");
  const { preprocess, ...wanted } = options;
  const { candidate, served } = await orIncomplete(() => readCandidate(model, (own) => ({ ...own, ...preprocess })));
  const certified = certifyCandidate(candidate, wanted);
  const judged = judgedText(candidate);
  const document = documentOf(certified, typeof model === "string" ? model : "(bytes)");
  return { ...certified, document, judged, warning: servingWarning(candidate.preprocess, served) };
}

const SHAPE = { preprocess: preprocessShape, anyAlgorithm: flag, tf32: flag, webgpu: flag } satisfies Record<
  keyof CertifyOptions,
  ZodType
>;

/** Of grey levels 0 to 255, each as the model is fed it. */
function judgedText({ preprocess, shape }: Candidate): string {
  const values = inputValuesOf(preprocess);
  const found = domainOf(preprocess, shape);
  const exponent = found.ok ? found.domain.exponent : null;
  const unit = exponent === 0 ? "integers" : `multiples of 2^${exponent}`;
  const grid = exponent === null ? "not on a grid that a proof can use" : unit;
  const range = `${Math.min(...values)} to ${Math.max(...values)}`;
  return `Judged on grey levels 0 to 255 with ${preprocessText(preprocess)}: inputs from ${range}, ${grid}.`;
}

function servingWarning(judged: Preprocess, served: Preprocess): string | null {
  const [ours, theirs] = [preprocessText(judged), preprocessText(served)];
  if (ours === theirs) return null;
  return (
    `Warning: isobit serves this model with ${theirs}, and the result does not hold for those inputs. ` +
    `Judge the model with that preprocessing, or serve it with ${ours}: by MODEL_SCALE, MODEL_MEAN, MODEL_STD and MODEL_INVERT, or in a sidecar <model file>.json.`
  );
}

function documentOf({ certification, subject }: CertifiedModel, model: string): CertifyResult["document"] {
  const { executedSha256, irVersion } = subject;
  if (!certification.certified || executedSha256 === null || irVersion === null)
    return { model, subject, ...certification };
  return certificateDocument(certification, model, { ...subject, executedSha256, irVersion }, ownVersion());
}
