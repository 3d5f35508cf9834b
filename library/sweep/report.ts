import { floatsOf } from "#core/tensors/bits.ts";
import type { Tolerance } from "#core/verdicts/drift.ts";
import { softmax } from "#core/tensors/softmax.ts";
import { hash } from "node:crypto";
import { comparisonOf, sourceOfPeer } from "../report/of-peer.ts";
import { weightiest } from "#core/verdicts/verdict.ts";
import { outcomeOf } from "../report/outcome.ts";
import type {
  ReportedAnswer,
  ReportedPair,
  ReportedPeerValues,
  ReportedRow,
  ReportedSettings,
  ReportedSource,
  ReportedViolation,
  RunReport,
} from "../report/run-report.ts";
import type { PairTotal } from "./pair-total.ts";
import type { Sweep } from "./sweep-on-stack.ts";
import { isError, isPeer, type SweptOutput, type SweptPeer, type SweptRow } from "./swept-row.ts";

/** The logits' name: GraphQL does not give the name in the graph. */
const LOGITS = "logits";

/**
 * A sweep as the report that every format is made from. Its rows are the worst of each pair and the first that failed:
 * all of them are in the results file.
 */
export function reportOfSweep(
  sweep: Sweep,
  { tolerance, options }: { readonly tolerance: Tolerance | null; readonly options: ReportedSettings["options"] },
): RunReport {
  const { header, totals, subject } = sweep;
  const { id, sha256, executedSha256, labels } = header.model;
  const summaries = totals.pairs.map((pair) => pair.result());
  const verdict = weightiest(summaries.map((pair) => pair.verdict));
  const certificateViolations = totals.violations.kept.map(({ image, ...rest }): ReportedViolation => {
    return { code: "CERTIFICATE_VIOLATED", input: image, ...rest };
  });
  return {
    version: 1,
    kind: "sweep",
    isobit: header.isobit,
    startedAt: header.startedAt,
    elapsedMs: sweep.elapsedMs,
    verdict,
    outcome: outcomeOf({ verdict, certificateViolations, traces: [] }),
    models: [{ id, sha256, executedSha256, labels }],
    settings: { tolerance, outputTolerances: {}, options },
    environment: sourcesOf(sweep),
    reference: subject.reference,
    total: header.dataSet.images,
    pairs: totals.pairs.map((pair) => reportedPair(pair, subject.peers)),
    rows: rowsOf(sweep),
    certificateViolations,
    traces: [],
  };
}

function sourcesOf({ subject }: Sweep): ReportedSource[] {
  const backends = subject.environment.map(({ backend, ...status }): ReportedSource => {
    return {
      ...status,
      source: backend,
      backend,
      model: 0,
      threads: null,
      batch: null,
      cpuFeatures: null,
      placement: null,
    };
  });
  return [...backends, ...subject.peerStatuses.map((peer) => sourceOfPeer(peer, []))];
}

function reportedPair(pair: PairTotal, peers: readonly string[]): ReportedPair {
  const summary = pair.result();
  const { verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp } = summary;
  const drift = { verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp };
  const { reference, other, compared, identical, labelMismatches } = summary;
  const peer = peers.includes(other) ? comparisonOf({ ...summary, softmax: pair.softmax() }) : null;
  return {
    reference,
    other,
    ...drift,
    compared,
    identical,
    labelMismatches,
    worstInput: summary.worstImage,
    outputs: [{ output: LOGITS, ...drift, statistics: summary.statistics }],
    ...(peer && { peer }),
  };
}

/** Each once, in the data set's order. */
function rowsOf({ totals, images, header }: Sweep): ReportedRow[] {
  const rows = [...totals.pairs.flatMap((pair) => pair.worst()), ...totals.failures.rows];
  const once = new Map(rows.map((row) => [row.index, row]));
  return [...once.values()]
    .toSorted((left, right) => left.index - right.index)
    .map((row) => reportedRow(row, header.model.labels.length, images.get(row.id) ?? null));
}

function reportedRow(row: SweptRow, classes: number, image: string | null): ReportedRow {
  const { id, inputSha256, expected, outputs, pairs } = row;
  return {
    input: id,
    inputSha256,
    expected,
    picture: image,
    outputs: Object.entries(outputs).map(([source, output]) => reportedAnswer(source, output, classes)),
    pairs: pairs.map(({ inCertifiedDomain: _certified, ...pair }) => pair),
  };
}

function reportedAnswer(source: string, output: SweptOutput, classes: number): ReportedAnswer {
  if (isError(output)) {
    const both = output.conflicting && { conflicting: output.conflicting.map(peerValues) };
    return { source, error: output.error, prediction: null, latencyMs: null, tensors: [], ...both };
  }
  const { label, classIndex, bits } = output;
  const bytes = bits === null ? null : Buffer.from(bits, "base64");
  const decimals = isPeer(output) ? (output.decimals ?? []) : [];
  const values = bytes === null ? Float64Array.from(decimals, Number) : floatsOf(bytes);
  const probabilities = isPeer(output) && output.quantity === "PROBABILITIES" ? [...values] : softmax(values);
  const isLogits = bytes !== null && !(isPeer(output) && output.quantity === "PROBABILITIES");
  const tensor = { name: LOGITS, type: "float32", dims: [classes] };
  return {
    source,
    error: null,
    prediction: { label, classIndex, probabilities: probabilities.map(finiteOrNull) },
    latencyMs: null,
    tensors: isLogits ? [{ ...tensor, sha256: hash("sha256", bytes), bits }] : [],
    ...(isPeer(output) && { peer: peerValues(output) }),
  };
}

function peerValues({ quantity, precision, bits, decimals, note }: SweptPeer): ReportedPeerValues {
  const values = bits === null ? (decimals ?? []).map(Number) : floatsOf(Buffer.from(bits, "base64"));
  return { quantity, precision, values: Array.from(values, finiteOrNull), decimals, roundTripMs: 0, note };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
