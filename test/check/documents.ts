import { certificateDocument } from "#core/model/certificate-document.ts";
import type { Certification } from "#core/certify/certificate.ts";
import { certify, type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import { checkCertificate } from "#core/check/check.ts";
import { canonical, withTrueOutputs } from "#core/onnx/canonical.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { grow, type Specimen } from "../certify/generate/graph.ts";
import { seedOf, Tape } from "../certify/generate/tape.ts";

type Proved = Extract<Certification, { certified: true }>;

/** Stands for hashes of a file where only the model is checked. */
const NO_FILE = "0".repeat(64);

/** The certificate of a canonical model as its file holds it, parsed again; null where the prover refuses the model. */
export function documentOf(model: OnnxModel, domain: InputDomain, options: CertifyOptions = {}): unknown {
  const certification = certify(model, domain, options);
  return certification.certified ? documentFrom(model, certification) : null;
}

function documentFrom({ irVersion }: OnnxModel, certified: Proved): unknown {
  const subject = { sha256: NO_FILE, executedSha256: NO_FILE, external: [], irVersion, adaptations: [] };
  return JSON.parse(JSON.stringify(certificateDocument(certified, "random", subject, "0.0.0")));
}

/** What runs with such a certificate. */
function executedForm(given: OnnxModel, { claims }: Proved): OnnxModel {
  const sizes = new Map(claims.map(({ tensor, dims }) => [tensor, dims] as const));
  return withTrueOutputs(canonical(given), (output) => sizes.get(output) ?? null).model;
}

/** Why the checker rejects what the prover certified, or null. */
export function rejectionOf(given: OnnxModel, certified: Proved): string | null {
  const model = executedForm(given, certified);
  const checked = checkCertificate(model, documentFrom(model, certified));
  return checked.accepted ? null : `the checker rejects ${checked.where}: ${checked.reason}`;
}

/** CHECK_GRAPHS: how many random certified graphs each test takes. */
export function graphCount(usual: number): number {
  const count = Number(process.env["CHECK_GRAPHS"] ?? usual);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`CHECK_GRAPHS is ${process.env["CHECK_GRAPHS"]}; it must be a whole number.`);
}

export interface Certified extends Specimen {
  readonly certificate: unknown;
}

/** Random graphs that the prover certifies. The same name draws the same graphs. */
export function certifiedGraphs(name: string, count: number): readonly Certified[] {
  const found: Certified[] = [];
  for (let drawn = 0; found.length < count; drawn++) {
    const grown = grow(new Tape(seedOf(name, drawn)));
    const certification = certify(grown.model, grown.domain);
    if (!certification.certified) continue;
    const model = executedForm(grown.model, certification);
    found.push({ model, domain: grown.domain, certificate: documentFrom(model, certification) });
  }
  return found;
}
