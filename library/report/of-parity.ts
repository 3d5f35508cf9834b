import type { Tolerance } from "#core/verdicts/drift.ts";
import type * as wire from "../stack/parity-query.ts";
import { answerOfPeer, comparisonOf, sourceOfPeer, valuesOfPeer } from "./of-peer.ts";
import { outcomeOf } from "./outcome.ts";
import { ownVersion } from "./own-version.ts";
import type { ReportedAnswer, ReportedPair, ReportedRow, ReportedSettings, RunReport } from "./run-report.ts";

/** The logits' name: GraphQL does not give the name in the graph. */
const LOGITS = "logits";

/** What the report holds in addition to GraphQL's answer. */
export interface ParityContext {
  readonly tolerance: Tolerance | null;
  readonly options: ReportedSettings["options"];
  /** Of the built-in images. */
  readonly images: readonly { readonly id: string; readonly label: string }[];
  /** Base64 PNG by image, where it was fetched. */
  readonly pngs: ReadonlyMap<string, string>;
}

/** GraphQL's answer to `parity` as the report that every format is made from. */
export function reportOfParity(answer: wire.ParityReport, context: ParityContext): RunReport {
  const { model, verdict } = answer;
  const certificateViolations = answer.certificateViolations.map(({ image, input, ...rest }) => ({
    ...rest,
    code: "CERTIFICATE_VIOLATED" as const,
    input: image,
    inputBits: input,
  }));
  return {
    version: 1,
    kind: "parity",
    isobit: ownVersion(),
    startedAt: answer.startedAt,
    elapsedMs: answer.elapsedMs,
    verdict,
    outcome: outcomeOf({ verdict, certificateViolations, traces: [] }),
    models: [{ id: model.id, sha256: model.sha256, executedSha256: model.executedSha256, labels: model.labels }],
    settings: { tolerance: context.tolerance, outputTolerances: {}, options: context.options },
    environment: [
      ...answer.environment.map((status) => ({
        source: status.backend,
        model: 0,
        available: status.available,
        reason: status.reason,
        backend: status.backend,
        side: status.side,
        executionProvider: status.executionProvider,
        runtime: status.runtime,
        runtimeVersion: status.runtimeVersion,
        optimizationLevel: status.optimizationLevel,
        threads: null,
        cpuFeatures: null,
        placement: null,
        batch: null,
        device: status.device,
        hardwareGpu: status.hardwareGpu,
      })),
      ...answer.peers.map((peer) => sourceOfPeer(peer, answer.pairs)),
    ],
    reference: answer.reference,
    total: answer.total,
    pairs: answer.pairs.map((pair) => ({ ...pairOf(pair), ...ofPeer(answer, pair) })),
    rows: answer.rows.map((row) => rowOf(row, model.labels, context)),
    certificateViolations,
    traces: [],
  };
}

function pairOf({ worstImage, statistics, ...pair }: wire.ReportedPair): ReportedPair {
  const { verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp } = pair;
  const drift = { verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp };
  return {
    reference: pair.reference,
    other: pair.other,
    ...drift,
    compared: pair.compared,
    identical: pair.identical,
    labelMismatches: pair.labelMismatches,
    worstInput: worstImage,
    outputs: [{ output: LOGITS, ...drift, statistics: statistics && withInput(statistics) }],
  };
}

/** What was compared with a peer; nothing for a backend, or where nothing was. */
function ofPeer({ peers }: wire.ParityReport, pair: wire.ReportedPair): Pick<ReportedPair, "peer"> {
  const compared = peers.some(({ id }) => id === pair.other) ? comparisonOf(pair) : null;
  return compared === null ? {} : { peer: compared };
}

function withInput(statistics: NonNullable<wire.ReportedPair["statistics"]>): ReportedPair["outputs"][0]["statistics"] {
  const { worst, ...rest } = statistics;
  if (worst === null) return { ...rest, worst };
  const { image, ...place } = worst;
  return { ...rest, worst: { input: image, ...place } };
}

function rowOf(row: wire.ReportedRow, labels: readonly string[], { images, pngs }: ParityContext): ReportedRow {
  const known = images.find(({ id }) => id === row.image);
  const expected = known ? labels.indexOf(known.label) : -1;
  return {
    input: row.image,
    inputSha256: row.inputSha256,
    expected: expected === -1 ? null : expected,
    picture: pngs.get(row.image) ?? null,
    outputs: row.outputs.map(answerOf),
    pairs: row.pairs.map((pair) => {
      const { reference, other, verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp } = pair;
      const drift = { verdict, differingElements, nonFiniteElements, maxAbs, meanAbs, l2, maxUlp };
      const labelsMatch = verdict === "INCOMPLETE" ? null : pair.labelsMatch;
      return { reference, other, ...drift, labelsMatch, ...(pair.softmax && { softmax: pair.softmax }) };
    }),
  };
}

function answerOf({ source, error, prediction, peer, conflicting }: wire.ReportedOutput): ReportedAnswer {
  if (peer !== null) return answerOfPeer(source, peer, LOGITS);
  if (prediction === null) {
    const both = conflicting && { conflicting: conflicting.map(valuesOfPeer) };
    return { source, error, prediction: null, latencyMs: null, tensors: [], ...both };
  }
  const { label, classIndex, probabilities, latencyMs, logits } = prediction;
  const { bits, sha256, values } = logits;
  return {
    source,
    error,
    prediction: { label, classIndex, probabilities },
    latencyMs,
    tensors: [{ name: LOGITS, type: "float32", dims: [values.length], sha256, bits }],
  };
}
