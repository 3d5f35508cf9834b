import type { Certification } from "../certify/certificate.ts";
import { certifyGreyLevels, type CertifyOptions } from "../certify/certify.ts";
import { type Canonical, canonical, withTrueOutputs } from "../onnx/canonical.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { readModel } from "../onnx/read.ts";
import { ModelRejected } from "../onnx/rejected.ts";
import { writeModel } from "../onnx/write.ts";
import type { Preprocess } from "../image/preprocess-settings.ts";

export type CertifiedAsRun =
  | {
      readonly certified: true;
      readonly certification: Extract<Certification, { certified: true }>;
      /** The bytes that the certificate covers, to be run unchanged. */
      readonly executed: Uint8Array;
      readonly irVersion: number;
      /** What the canonical form left out, in sentences. */
      readonly adaptations: readonly string[];
    }
  | { readonly certified: false; readonly certification: Extract<Certification, { certified: false }> };

/** The adaptation of a model of which nothing was left out, but whose bytes changed. */
export const WRITTEN_AGAIN = "It was rewritten in the form that the certificate covers; its graph is the same.";

/**
 * Certifies a model in its canonical form, read back from the bytes that a runtime loads.
 * @param shape of the model's input; -1 for a dynamic dimension
 */
export function certifyAsRun(
  model: OnnxModel,
  preprocess: Preprocess,
  shape: readonly number[],
  options: CertifyOptions = {},
): CertifiedAsRun {
  try {
    const form = canonical(model);
    const first = asWritten(form);
    if (!first.certified) return first;
    // The shapes of outputs are known only now, and wrong ones must not run.
    const sizes = new Map(first.certification.claims.map(({ tensor, dims }) => [tensor, dims] as const));
    const settled = withTrueOutputs(form, (output) => sizes.get(output) ?? null);
    return settled.model === form.model ? first : asWritten(settled);
  } catch (error) {
    if (!(error instanceof ModelRejected)) throw error;
    const firstFailure = { node: "(model)", op: "Model", reason: error.message };
    return { certified: false, certification: { certified: false, inputDomain: null, firstFailure, nodes: [] } };
  }

  function asWritten({ model: written, adaptations }: Canonical): CertifiedAsRun {
    const executed = writeModel(written);
    const certification = certifyGreyLevels(readModel(executed), preprocess, shape, options);
    return certification.certified
      ? { certified: true, certification, executed, irVersion: written.irVersion, adaptations }
      : { certified: false, certification };
  }
}
