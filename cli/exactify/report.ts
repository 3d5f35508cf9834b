import type { Certification } from "#core/certify/certificate.ts";
import type { LayerReport } from "#core/exactify/layer-report.ts";
import { textTable } from "../text-table.ts";
import type { Comparison, Side } from "#library/exactify/measure.ts";

export interface ExactifyReport {
  readonly model: string;
  /** Null if the result is not certified and was not written. */
  readonly written: string | null;
  readonly layers: readonly LayerReport[];
  readonly certification: Certification;
  /** The images that the figures were measured on. */
  readonly pictures: string;
  readonly comparison: Comparison;
}

/** For people. */
export function renderReport(report: ExactifyReport): string {
  const { comparison, pictures } = report;
  return [
    layerTable(report.layers),
    `Measured on ${comparison.images.toLocaleString("en-US")} images (${pictures}):`,
    comparisonTable(comparison),
    certificateLines(report.certification),
    report.written === null
      ? "Nothing was written."
      : `Wrote ${report.written}. Preprocessing is stored in the model's metadata, and in ${report.written}.json for other tools.`,
    "",
  ].join("\n\n");
}

function layerTable(layers: readonly LayerReport[]): string {
  return textTable<LayerReport>(
    [
      { title: "layer", align: "left", cell: ({ name }) => name },
      { title: "kind", align: "left", cell: ({ kind }) => kind },
      { title: "input bits", align: "right", cell: ({ inputBits }) => String(inputBits) },
      { title: "weight bits", align: "right", cell: ({ weightBits }) => String(weightBits) },
      {
        title: "shifted by",
        align: "right",
        cell: ({ shifts }) => (shifts === null ? "-" : [...new Set(shifts)].join("-")),
      },
      { title: "of 2^24", align: "right", cell: ({ headroomUsed }) => percent(headroomUsed, 1) },
    ],
    layers,
  );
}

function comparisonTable({ before, after, labelAgreement, differingBits }: Comparison): string {
  const rows: readonly (readonly [string, string, string])[] = [
    ["accuracy", ...both(before, after, ({ score }) => (score === null ? "-" : percent(score.accuracy, 2)))],
    ["negative log-likelihood", ...both(before, after, ({ score }) => score?.negativeLogLikelihood.toFixed(5) ?? "-")],
    ["same labels", "", percent(labelAgreement, 2)],
    [
      `logits that differ, WASM and CPU, ${differingBits.images} images`,
      String(differingBits.before),
      String(differingBits.after),
    ],
    ["file, bytes", ...both(before, after, ({ sizeBytes }) => sizeBytes.toLocaleString("en-US"))],
    ["one image on CPU, ms", ...both(before, after, ({ latencyMs }) => latencyMs.CPU.toFixed(2))],
    ["one image on WASM, ms", ...both(before, after, ({ latencyMs }) => latencyMs.WASM.toFixed(2))],
  ];
  return textTable<(typeof rows)[number]>(
    [
      { title: "", align: "left", cell: ([name]) => name },
      { title: "before", align: "right", cell: ([, left]) => left },
      { title: "after", align: "right", cell: ([, , right]) => right },
    ],
    rows,
  );
}

function both(before: Side, after: Side, show: (side: Side) => string): [string, string] {
  return [show(before), show(after)];
}

function certificateLines(certification: Certification): string {
  if (!certification.certified) {
    const { node, op, reason } = certification.firstFailure;
    return `Not certified: ${op} "${node}": ${reason}`;
  }
  const { inputDomain, anyAlgorithm, tf32Safe, headroomUsed, otherAlgorithms } = certification.certificate;
  return [
    `Certified for ${inputDomain}: the largest possible sum is ${percent(headroomUsed, 1)} of 2^24.`,
    anyAlgorithm
      ? "It holds for every convolution algorithm."
      : `It does not hold for every convolution algorithm: a runtime may use Winograd's for ${otherAlgorithms.map(({ node }) => node).join(", ")}.`,
    tf32Safe ? "It also holds with TF32." : "It does not hold with TF32.",
  ].join("\n");
}

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** For a model that is exact already. */
export function renderAlreadyExact(model: string, certification: Certification): string {
  return `${model} is already exact, and nothing was written.\n${certificateLines(certification)}\n`;
}

export function alreadyExactAsJson(model: string, certification: Certification): string {
  return `${JSON.stringify({ model, written: null, alreadyExact: true, certification: shown(certification) }, null, 2)}\n`;
}

/** For programs: the same figures, without the certificate's nodes, which `isobit certify` prints. */
export function reportAsJson(report: ExactifyReport): string {
  const { certification, ...rest } = report;
  return `${JSON.stringify({ ...rest, certification: shown(certification) }, null, 2)}\n`;
}

function shown(certification: Certification): unknown {
  return certification.certified
    ? { certified: true, ...certification.certificate, nodes: undefined }
    : { certified: false, firstFailure: certification.firstFailure };
}
