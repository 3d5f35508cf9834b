import { type Drift, driftsFurther } from "./verdicts/drift.ts";
import { IsobitError } from "./errors.ts";
import type { Outputs } from "./infer.ts";
import { MAX_REPEATED_QUESTIONS } from "./limits.ts";
import type { PreparedInput } from "./preprocess.ts";
import type { Host } from "./host.ts";
import type { Plan } from "./validate.ts";
import { askPeer, type PeerAnswers, peerInput } from "./ask-peers.ts";
import { measurePeer } from "./verdicts/compare-peer.ts";
import { type Conflict, inconsistent } from "./inconsistent-peer.ts";
import type { GivenAnswer, PeerAnswer, PeerStatus } from "./peers/peer.ts";
import { sameAnswer } from "./peers/same-answer.ts";

interface Asked {
  readonly plan: Plan;
  readonly inputs: readonly PreparedInput[];
  readonly outputs: Outputs;
  readonly host: Host;
}

/**
 * Distinguishes drift from a peer that contradicts itself. Each peer is asked again, one call at a time, for its answers
 * that differ from the reference, the most serious first, up to MAX_REPEATED_QUESTIONS; if none differs, for its first
 * answer. An answer that came from a race or from chance differs, and comes out differently when it is requested alone.
 * Inputs that occur twice are repeated requests, too.
 *
 * If a peer gave two answers to one request, all its answers become the error PEER_INCONSISTENT, which contains both. If a
 * repeated request fails, only its own answer does.
 */
export async function repeatRequests(asked: Asked, peers: PeerAnswers): Promise<PeerAnswers> {
  const settled = await Promise.all(
    asked.plan.peers.map(async (status) => {
      return [status.id, await settle(asked, status, peers.get(status.id) ?? [])] as const;
    }),
  );
  return new Map(settled);
}

async function settle(
  asked: Asked,
  status: PeerStatus,
  answers: readonly PeerAnswer[],
): Promise<readonly PeerAnswer[]> {
  const twice = conflictsAmong(asked, answers);
  if (twice.length > 0) return inconsistent(asked, status, answers, twice);
  const rows = rowsToRepeat(asked, answers);
  const again = await askAgain(asked, status, rows);
  const conflicts: Conflict[] = [];
  const settled = [...answers];
  rows.forEach((row, index) => {
    const [first, second] = [answers[row], again[index]];
    if (!first?.ok || !second) return;
    if (!second.ok) settled[row] = failedAgain(status, asked.inputs[row]!, second.error);
    else if (!sameAnswer(first, second)) conflicts.push({ row, answers: [first, second] });
  });
  return conflicts.length > 0 ? inconsistent(asked, status, answers, conflicts) : settled;
}

/** Rows with the same input are one request: two different answers to it conflict. */
function conflictsAmong({ plan, inputs, host }: Asked, answers: readonly PeerAnswer[]): Conflict[] {
  const firsts = new Map<string, GivenAnswer>();
  return answers.flatMap((answer, row): Conflict[] => {
    const input = inputs[row];
    if (!answer.ok || !input?.ok) return [];
    // Some peers are asked by the image's file name, which is then part of the request.
    const name = peerInput(plan, row, input.tensor, host).image?.file ?? "";
    const request = `${name} ${input.sha256}`;
    const first = firsts.get(request);
    if (first === undefined) firsts.set(request, answer);
    return first === undefined || sameAnswer(first, answer) ? [] : [{ row, answers: [first, answer] }];
  });
}

/** The most serious first: another label, then as `driftsFurther` orders them. */
function rowsToRepeat({ plan, outputs }: Asked, answers: readonly PeerAnswer[]): number[] {
  const differing = answers.flatMap((answer, row) => {
    const reference = outputs.get(plan.reference)?.[row];
    if (!answer.ok || !reference?.ok) return [];
    const { drift, labelsMatch } = measurePeer(reference.logits, answer, plan.tolerance);
    return drift.differing > 0 ? [{ row, drift, labelsMatch }] : [];
  });
  if (differing.length === 0) return [answers.findIndex(({ ok }) => ok)].filter((row) => row !== -1);
  return differing
    .toSorted((left, right) => Number(left.labelsMatch) - Number(right.labelsMatch) || further(left.drift, right.drift))
    .slice(0, MAX_REPEATED_QUESTIONS)
    .map(({ row }) => row);
}

function further(left: Drift, right: Drift): number {
  return Number(driftsFurther(right, left)) - Number(driftsFurther(left, right));
}

async function askAgain(
  { plan, inputs, host }: Asked,
  status: PeerStatus,
  rows: readonly number[],
): Promise<PeerAnswer[]> {
  const requests = rows.flatMap((row) => {
    const input = inputs[row];
    return input?.ok ? [peerInput(plan, row, input.tensor, host)] : [];
  });
  return requests.length === 0 ? [] : askPeer(status, { model: plan.model, requests, alone: true }, host);
}

function failedAgain({ id }: PeerStatus, input: PreparedInput, { code, message }: IsobitError): PeerAnswer {
  const sentence = `The peer ${id} answered image ${input.id} once and failed when it was asked again: ${message}`;
  return { ok: false, error: new IsobitError(code, sentence) };
}
