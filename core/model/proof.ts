import { certifyAsRun, WRITTEN_AGAIN } from "./certify-as-run.ts";
import type { Failure } from "../certify/certificate.ts";
import { rowsAreIndependent } from "../certify/row-independence.ts";
import { messageOf } from "../errors.ts";
import type { ModelDescription, ModelInfo, Proof } from "./model.ts";
import { readModel } from "../onnx/read.ts";
import { sha256Hex } from "../tensors/sha256.ts";

export interface ProvedModel {
  readonly info: ModelInfo;
  /** What runtimes load: with a certificate, the bytes that it covers; otherwise those that were given. */
  readonly executed: Uint8Array;
}

/** Proves what can be proved about a described model. Never throws: a model that the prover cannot follow runs unchanged. */
export function prove(described: ModelDescription, given: Uint8Array): ProvedModel {
  try {
    const proved = certifyAsRun(readModel(given), described.preprocess, described.input.shape);
    if (!proved.certified) return unproved(described, given, proved.certification.firstFailure);
    const { executed, adaptations } = proved;
    const { certificate } = proved.certification;
    const proof: Proof = {
      certificate,
      domain: certificate.domain,
      rowsIndependent: rowsAreIndependent(readModel(executed)),
      failure: null,
    };
    const executedSha256 = sha256Hex(executed);
    if (executedSha256 === described.executedSha256) return { info: { ...described, proof }, executed: given };
    const all = [...described.adaptations, ...adaptations];
    const changes = all.length > 0 ? all : [WRITTEN_AGAIN];
    return { info: { ...described, executedSha256, adaptations: changes, proof }, executed };
  } catch (error) {
    const reason = `The prover failed: ${messageOf(error)}`;
    return unproved(described, given, { node: "(model)", op: "Model", reason });
  }
}

function unproved(described: ModelDescription, executed: Uint8Array, failure: Failure): ProvedModel {
  return {
    info: { ...described, proof: { certificate: null, domain: null, rowsIndependent: false, failure } },
    executed,
  };
}
