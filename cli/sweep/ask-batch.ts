import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { floatsOf } from "#core/bits.ts";
import type { Tolerance, Verdict } from "#core/compare.ts";
import { IsobitError } from "#core/errors.ts";
import { argmax } from "#core/softmax.ts";
import { askFor } from "../ask.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { ReportedPeerOutput } from "../parity-report.ts";
import type { PlacedPicture, WireInput } from "./batches.ts";
import { RETRY_DELAYS_MS } from "./limits.ts";
import { comparePair } from "./compare-pair.ts";
import type { Subject } from "./subject.ts";
import type { SweptOutput, SweptRow, SweptViolation } from "./swept-row.ts";

/*
 * Of each answer only what cannot be known from its bits: labels, hashes and metrics are made of them here, by the same
 * functions of core, and a Worker that answers for thousands of pictures does not resolve a dozen fields for each.
 */
const QUERY = `query Sweep($inputs: [ImageInput!], $backends: [Backend!], $peers: [ID!], $reference: Backend, $model: ID, $tolerance: ToleranceInput) {
  parity(inputs: $inputs, backends: $backends, peers: $peers, reference: $reference, model: $model, tolerance: $tolerance) {
    rows {
      inputSha256
      outputs { source prediction { logits { bits } } PEER error { code message } }
      pairs { other verdict inCertifiedDomain }
    }
    certificateViolations { message image reference other differingElements modelSha256 inputSha256 input referenceBits otherBits }
  }
}`;

const PEER_FIELDS =
  "peer { quantity precision label classIndex values decimals bits sha256 latencyMs roundTripMs note }";

interface WireParity {
  readonly rows: readonly WireRow[];
  readonly certificateViolations: readonly (Omit<SweptViolation, "inputBits"> & {
    readonly image: string;
    readonly input: string;
  })[];
}

interface WireRow {
  readonly inputSha256: string | null;
  readonly outputs: readonly {
    readonly source: string;
    readonly prediction: { readonly logits: { readonly bits: string } } | null;
    readonly peer?: ReportedPeerOutput | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
  readonly pairs: readonly {
    readonly other: string;
    readonly verdict: Verdict;
    readonly inCertifiedDomain: boolean;
  }[];
}

export interface SweepQuestion {
  readonly url: string;
  readonly subject: Subject;
  readonly tolerance: Tolerance | null;
}

/**
 * What all sources answer for a few pictures, in their order. A side that does not answer is asked again.
 * @throws Failure
 */
export async function askBatch(
  question: SweepQuestion,
  batch: readonly PlacedPicture[],
  stop: AbortSignal,
): Promise<SweptRow[]> {
  const inputs = batch.flatMap(({ input }) => (input instanceof IsobitError ? [] : [input]));
  const answer = inputs.length === 0 ? { rows: [], certificateViolations: [] } : await ask(question, inputs, stop);
  if (answer.rows.length !== inputs.length)
    throw new Failure(EXIT.INCOMPLETE, `${question.url} answered ${answer.rows.length} of ${inputs.length} pictures.`);
  let next = 0;
  return batch.map((picture): SweptRow => {
    if (picture.input instanceof IsobitError) return unreadable(picture, picture.input, question.subject);
    const place = next++;
    const row = sweptRow(picture, answer.rows[place]!, question);
    const broken = answer.certificateViolations.filter(({ image }) => image === `input:${place}`);
    return broken.length === 0 ? row : { ...row, certificateViolations: broken.map((each) => named(each, picture.id)) };
  });
}

async function ask(
  { url, subject, tolerance }: SweepQuestion,
  inputs: readonly WireInput[],
  stop: AbortSignal,
): Promise<WireParity> {
  const { backends, peers, reference, model } = subject;
  const variables = { inputs, backends, peers, reference, model: model.id, tolerance };
  const query = QUERY.replace("PEER", peers.length > 0 ? PEER_FIELDS : "");
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await askFor<WireParity>(url, "parity", { query, variables }, stop);
    } catch (error) {
      if (stop.aborted || !(error instanceof Failure) || error.exitCode !== EXIT.INCOMPLETE) throw error;
      await delay(delayMs, undefined, { signal: stop });
    }
  }
  return await askFor<WireParity>(url, "parity", { query, variables }, stop);
}

function sweptRow(
  { index, id, expected }: PlacedPicture,
  row: WireRow,
  { subject, tolerance }: SweepQuestion,
): SweptRow {
  const { labels } = subject.model;
  const outputs = Object.fromEntries(row.outputs.map((output) => [output.source, sweptOutput(output, labels)]));
  const { reference } = subject;
  return {
    index,
    id,
    inputSha256: row.inputSha256,
    expected,
    outputs,
    pairs: row.pairs.map(({ other, verdict, inCertifiedDomain }) => {
      const names = { reference, other };
      const { shown } = comparePair(outputs, names, inCertifiedDomain ? null : tolerance);
      if (shown.verdict !== verdict)
        throw new Error(`the stack says ${verdict} of ${other} for ${id}, but its bits say ${shown.verdict}`);
      return { ...names, ...shown, inCertifiedDomain };
    }),
  };
}

function sweptOutput({ prediction, peer, error }: WireRow["outputs"][number], labels: readonly string[]): SweptOutput {
  if (prediction !== null) {
    const { bits } = prediction.logits;
    const bytes = Buffer.from(bits, "base64");
    const classIndex = argmax(floatsOf(bytes));
    return { label: labels[classIndex] ?? "NaN", classIndex, logitsSha256: hash("sha256", bytes), bits };
  }
  if (peer) {
    const { label, classIndex, quantity, precision, decimals, bits, note } = peer;
    return { label, classIndex, quantity, precision, decimals, bits, note };
  }
  return { error: error ?? { code: "BACKEND_FAILED", message: "There is neither an answer nor an error." } };
}

function unreadable(
  { index, id, expected }: PlacedPicture,
  { code, message }: IsobitError,
  subject: Subject,
): SweptRow {
  const { reference, backends, peers } = subject;
  const sources = [...backends, ...peers];
  const outputs = Object.fromEntries(
    sources.map((source): [string, SweptOutput] => [source, { error: { code, message } }]),
  );
  const others = sources.filter((source) => source !== reference);
  const pairs = others.map((other) => {
    const names = { reference, other };
    return { ...names, ...comparePair(outputs, names, null).shown, inCertifiedDomain: false };
  });
  return { index, id, inputSha256: null, expected, outputs, pairs };
}

/** The stack knows the picture by its place in the question only. */
function named(
  { image, input, message, ...violation }: WireParity["certificateViolations"][number],
  id: string,
): SweptViolation {
  return { ...violation, inputBits: input, message: message.replace(`image ${image}.`, `image ${id}.`) };
}
