import { adapt } from "#core/onnx/adapt.ts";
import { canonical, withTrueOutputs } from "#core/onnx/canonical.ts";
import type { ReadExternal } from "#core/onnx/external-file.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { readCertificate, type Certificate } from "./certificate.ts";
import { checkCertificate, type Checked } from "./check.ts";
import { reject, Rejection } from "./rejection.ts";

export type CheckedFile =
  | Extract<Checked, { accepted: false }>
  | {
      readonly accepted: true;
      /** False for the executed bytes alone: then nothing shows that they come from the file that the certificate names. */
      readonly sourceChecked: boolean;
    };

/**
 * Verifies a certificate of a model file: the file leads to the bytes that the certificate is about, and it holds for them.
 * @param bytes the file, or the executed bytes that the certificate names
 * @param readExternal reads the files of weights next to it
 * @throws ModelRejected for a file that is not a complete ONNX model
 */
export async function checkFile(bytes: Uint8Array, readExternal: ReadExternal, json: unknown): Promise<CheckedFile> {
  try {
    const certificate = readCertificate(json);
    const checked = checkCertificate(await executedModel(bytes, readExternal, certificate), json);
    return checked.accepted
      ? { accepted: true, sourceChecked: sha256Hex(bytes) === certificate.subject.sha256 }
      : checked;
  } catch (error) {
    if (error instanceof Rejection) return { accepted: false, where: "subject", reason: error.message };
    throw error;
  }
}

/** Read from the bytes that the certificate is about. @throws Rejection if the file does not lead to them */
async function executedModel(bytes: Uint8Array, readExternal: ReadExternal, json: Certificate): Promise<OnnxModel> {
  const { subject, claims } = json;
  const sha256 = sha256Hex(bytes);
  if (sha256 !== subject.sha256 && sha256 !== subject.executedSha256)
    reject(`The certificate is about the file with SHA-256 ${subject.sha256}, but this one has ${sha256}.`);
  const given = { model: readModel(bytes), external: [], adaptations: [] };
  const adapted = sha256 === subject.sha256 ? await adapt(given.model, readExternal) : given;
  const shapes = new Map(claims.map(({ tensor, dims }) => [tensor, dims] as const));
  const { model, adaptations } = withTrueOutputs(canonical(adapted.model), (output) => shapes.get(output) ?? null);
  // The canonical form of executed bytes is the same bytes.
  const executed = writeModel(model);
  const follows = {
    external: adapted.external,
    adaptations: [...adapted.adaptations, ...adaptations],
    executedSha256: sha256Hex(executed),
  };
  for (const key of Object.keys(follows) as (keyof typeof follows)[]) {
    if (adapted === given && key !== "executedSha256") continue;
    const [said, right] = [subject[key], follows[key]].map((each) => JSON.stringify(each));
    if (said !== right) reject(`The certificate states ${key} ${said}, but ${right} follows from the file.`);
  }
  return readModel(executed);
}
