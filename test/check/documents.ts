import { certificateDocument } from "#core/certificate-document.ts";
import { certify, type CertifyOptions } from "#core/certify/certify.ts";
import type { InputDomain } from "#core/certify/domain.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { grow, type Specimen } from "../certify/generate/graph.ts";
import { seedOf, Tape } from "../certify/generate/tape.ts";

/** Stands for hashes of a file where only the model is checked. */
const NO_FILE = "0".repeat(64);

/** A certificate as its file holds it, parsed again; null where the prover refuses the model. */
export function documentOf(model: OnnxModel, domain: InputDomain, options: CertifyOptions = {}): unknown {
  const certification = certify(model, domain, options);
  if (!certification.certified) return null;
  const { irVersion } = model;
  const subject = { sha256: NO_FILE, executedSha256: NO_FILE, external: [], irVersion, adaptations: [] };
  return JSON.parse(JSON.stringify(certificateDocument(certification, "random", subject, "0.0.0")));
}

export interface Certified extends Specimen {
  readonly certificate: unknown;
}

/** Random graphs that the prover certifies. The same name draws the same graphs. */
export function certifiedGraphs(name: string, count: number): readonly Certified[] {
  const found: Certified[] = [];
  for (let drawn = 0; found.length < count; drawn++) {
    const specimen = grow(new Tape(seedOf(name, drawn)));
    const certificate = documentOf(specimen.model, specimen.domain);
    if (certificate !== null) found.push({ ...specimen, certificate });
  }
  return found;
}
