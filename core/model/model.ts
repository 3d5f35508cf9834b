import type { Certificate, Failure } from "../certify/certificate.ts";
import type { InputDomain } from "../certify/domain.ts";
import type { ExternalFile } from "../onnx/external-file.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";

/** The order of batch, rows, columns and channels in the input tensor. */
export type Layout = "NCHW" | "NHWC" | "NHW" | "FLAT";

export interface ModelInput {
  readonly name: string;
  /** As the graph declares it; -1 for a dynamic batch. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  /** The batch that the graph fixes; null if it is dynamic. */
  readonly fixedBatch: number | null;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Elements of one image: width * height * channels. */
  readonly elements: number;
}

/** One model as both sides serve it, read from its ONNX file. */
export interface ModelInfo {
  readonly id: string;
  /** Of the file as it was given. */
  readonly sha256: string;
  /** Of the bytes that runtimes load: those of another file if the model was adapted, otherwise the same. */
  readonly executedSha256: string;
  /** Size of the file as it was given. */
  readonly sizeBytes: number;
  readonly opset: number;
  readonly labels: readonly string[];
  readonly input: ModelInput;
  /** `name` is the tensor that holds the logits. */
  readonly output: { readonly name: string };
  readonly preprocess: Preprocess;
  /** What was changed to get the executed bytes, in sentences; empty if nothing was. */
  readonly adaptations: readonly string[];
  /** Files of weights that belong to it and are part of what runs. */
  readonly external: readonly ExternalFile[];
  readonly proof: Proof;
}

export interface CertifiedModel extends ModelInfo {
  readonly proof: Extract<Proof, { readonly failure: null }>;
}

export function isCertified(model: ModelInfo): model is CertifiedModel {
  return model.proof.certificate !== null;
}

/** What the ONNX file alone says, without a proof. */
export type ModelDescription = Omit<ModelInfo, "proof">;

/** What is proved about a model when it is loaded: that its logits cannot differ for these inputs, or why that is not proved. */
export type Proof =
  | {
      readonly certificate: Certificate;
      readonly domain: InputDomain;
      /** Each row of a batch depends only on its own input, so that rows may share a run. */
      readonly rowsIndependent: boolean;
      readonly failure: null;
    }
  | { readonly certificate: null; readonly domain: null; readonly rowsIndependent: false; readonly failure: Failure };

/** The models served, the first being the default. */
export interface Catalogue {
  readonly models: readonly ModelInfo[];
}
