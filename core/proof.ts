import { certifyGreyLevels } from "./certify/certify.ts";
import type { Failure } from "./certify/certificate.ts";
import { rowsAreIndependent } from "./certify/row-independence.ts";
import { domainOf } from "./certify/domain.ts";
import { messageOf } from "./errors.ts";
import type { Preprocess, Proof } from "./model.ts";
import { readModel } from "./onnx/read.ts";

/**
 * What can be proved of the bytes that run. Never throws: a model that the prover cannot follow is one without a proof.
 * @param shape of the model's input; -1 for a dynamic batch
 */
export function prove(executed: Uint8Array, preprocess: Preprocess, shape: readonly number[]): Proof {
  try {
    const model = readModel(executed);
    const certification = certifyGreyLevels(model, preprocess, shape);
    if (!certification.certified) return unproved(certification.firstFailure);
    const found = domainOf(preprocess, shape);
    if (!found.ok) return unproved({ node: "input", op: "Input", reason: found.reason });
    const { certificate } = certification;
    return { certificate, domain: found.domain, rowsIndependent: rowsAreIndependent(model), failure: null };
  } catch (error) {
    return unproved({ node: "(model)", op: "Model", reason: `The prover could not follow it: ${messageOf(error)}` });
  }
}

function unproved(failure: Failure): Proof {
  return { certificate: null, domain: null, rowsIndependent: false, failure };
}
