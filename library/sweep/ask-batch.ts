import { setTimeout as delay } from "node:timers/promises";
import type { Tolerance } from "#core/verdicts/drift.ts";
import type { AnswerOf } from "#schema/typed-query.ts";
import { IsobitError } from "#core/errors.ts";
import { askFor } from "../stack/ask.ts";
import { graphql } from "../stack/graphql.ts";
import type { PlacedImage, WireInput } from "./batches.ts";
import { type CheckedRow, checkRow, type RowFacts, type RowRules } from "./checked-row.ts";
import { lostSource } from "./lost-source.ts";
import { RETRY_DELAYS_MS } from "./limits.ts";
import type { Subject } from "./subject.ts";
import type { SweptViolation } from "./swept-row.ts";

/*
 * Of each answer only what cannot be known from its bits: labels, hashes and metrics are made of them here, by the same
 * functions of core, and a Worker that answers for thousands of images does not resolve a dozen fields for each.
 */
const QUERY = graphql(`
  query Sweep(
    $inputs: [ImageInput!], $backends: [Backend!], $peers: [ID!], $withPeers: Boolean!, $reference: Backend
    $model: ID, $tolerance: ToleranceInput
  ) {
    parity(inputs: $inputs, backends: $backends, peers: $peers, reference: $reference, model: $model, tolerance: $tolerance) {
      rows {
        inputSha256
        outputs {
          source prediction { logits { bits } } peer @include(if: $withPeers) { ...Given }
          conflicting @include(if: $withPeers) { ...Given } error { code message }
        }
        pairs { other verdict inCertifiedDomain }
      }
      certificateViolations {
        message image reference other differingElements modelSha256 inputSha256 input referenceBits otherBits
      }
    }
  }

  fragment Given on PeerOutput {
    quantity precision label classIndex values decimals bits sha256 latencyMs roundTripMs note
  }
`);

type WireParity = AnswerOf<typeof QUERY>["parity"];
type WireRow = WireParity["rows"][number];

export interface SweepRequest {
  /** The side that is asked. */
  readonly url: string;
  readonly subject: Subject;
  readonly tolerance: Tolerance | null;
  /** Whether a source gave an answer for some image of this sweep. */
  hasAnswered(source: string): boolean;
}

/**
 * What all sources answer for a few images, in their order. Where a side cannot be reached, they are asked again.
 * @throws IsobitError INCOMPLETE if it does not return: a missing answer does not complete an image
 */
export async function askBatch(
  request: SweepRequest,
  batch: readonly PlacedImage[],
  stop: AbortSignal,
): Promise<CheckedRow[]> {
  const inputs = batch.flatMap(({ input }) => (input instanceof IsobitError ? [] : [input]));
  const answer = inputs.length === 0 ? { rows: [], certificateViolations: [] } : await ask(request, inputs, stop);
  if (answer.rows.length !== inputs.length)
    throw new IsobitError("INCOMPLETE", `${request.url} answered ${answer.rows.length} of ${inputs.length} images.`);
  const rules = { ...request.subject, labels: request.subject.model.labels, tolerance: request.tolerance };
  const asked = batch.filter(({ input }) => !(input instanceof IsobitError)).map(({ id }) => id);
  let next = 0;
  return batch.map((image): CheckedRow => {
    if (image.input instanceof IsobitError) return unreadable(image, image.input, request.subject, rules);
    const place = next++;
    const broken = answer.certificateViolations.filter((violation) => violation.image === `input:${place}`);
    return answeredRow(image, withOwnNames(answer.rows[place]!, asked), broken, rules);
  });
}

async function ask(request: SweepRequest, inputs: readonly WireInput[], stop: AbortSignal): Promise<WireParity> {
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await askOnce(request, inputs, stop);
    } catch (error) {
      if (stop.aborted || !(error instanceof IsobitError) || error.code !== "INCOMPLETE") throw error;
      await delay(delayMs, undefined, { signal: stop });
    }
  }
  return await askOnce(request, inputs, stop);
}

/** @throws IsobitError if the side does not respond, or cannot reach the other one */
async function askOnce(
  { url, subject, tolerance, hasAnswered }: SweepRequest,
  inputs: readonly WireInput[],
  stop: AbortSignal,
): Promise<WireParity> {
  const { backends, peers, reference, model } = subject;
  const variables = { inputs, backends, peers, withPeers: peers.length > 0, reference, model: model.id, tolerance };
  const answer = await askFor(url, "parity", { query: QUERY, variables }, stop);
  const lost = lostSource(answer.rows, subject, hasAnswered);
  if (lost === null) return answer;
  throw new IsobitError("INCOMPLETE", `${lost.source} no longer responds. ${lost.message}`);
}

/** @throws Error if the stack's statements about a row contradict the row's bits */
function answeredRow(
  { index, id, expected }: PlacedImage,
  { inputSha256, outputs, pairs }: WireRow,
  broken: WireParity["certificateViolations"],
  rules: RowRules,
): CheckedRow {
  const checked = checkRow(
    {
      index,
      id,
      inputSha256,
      expected,
      outputs: new Map(outputs.map((output) => [output.source, givenOutput(output)])),
      pairs,
      ...(broken.length > 0 && { certificateViolations: broken.map((each) => named(each, id)) }),
    },
    rules,
  );
  pairs.forEach(({ other, verdict }, place) => {
    const own = checked.row.pairs[place]!.verdict;
    if (own !== verdict) throw new Error(`the stack says ${verdict} of ${other} for ${id}, but its bits say ${own}`);
  });
  return checked;
}

/** The stack's messages name each image by its place in the request. */
function withOwnNames(row: WireRow, ids: readonly string[]): WireRow {
  const renamed = (message: string): string =>
    message.replaceAll(/\bimage input:(\d+)/g, (words, place) => (ids[place] ? `image ${ids[place]}` : words));
  const outputs = row.outputs.map(({ error, ...output }) => {
    return { ...output, error: error && { ...error, message: renamed(error.message) } };
  });
  return { ...row, outputs };
}

function givenOutput({ prediction, peer, conflicting, error }: WireRow["outputs"][number]): Given {
  if (prediction !== null) return prediction.logits;
  if (peer) return peer;
  const failure = error ?? { code: "BACKEND_FAILED", message: "There is neither an answer nor an error." };
  return { error: failure, ...(conflicting && { conflicting }) };
}

type Given = RowFacts["outputs"] extends ReadonlyMap<string, infer Output> ? Output : never;

function unreadable(
  { index, id, expected }: PlacedImage,
  { code, message }: IsobitError,
  { reference, backends, peers }: Subject,
  rules: RowRules,
): CheckedRow {
  const sources = [...backends, ...peers];
  const others = sources.filter((source) => source !== reference);
  return checkRow(
    {
      index,
      id,
      inputSha256: null,
      expected,
      outputs: new Map(sources.map((source) => [source, { error: { code, message } }])),
      pairs: others.map((other) => ({ other, inCertifiedDomain: false })),
    },
    rules,
  );
}

/** The stack knows the image by its place in the request only. */
function named(
  { image, input, message, ...violation }: WireParity["certificateViolations"][number],
  id: string,
): SweptViolation {
  return { ...violation, inputBits: input, message: message.replace(`image ${image}.`, `image ${id}.`) };
}
