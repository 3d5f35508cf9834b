import { IsobitError } from "#core/errors.ts";
import { PEER_TIMEOUT_MS, PEER_TIMEOUT_PER_CALL_MS } from "#core/limits.ts";
import { concurrencyOf, type PeerAddress, type PeerAnswer, type PeerInput } from "#core/peers/peer.ts";
import type { CallGate } from "./call-gate.ts";

/** What the calls to one peer share. */
export interface PeerCalls {
  /** The same for every peer at that service. */
  readonly gate: CallGate;
  /** Milliseconds. */
  now(): number;
}

/**
 * Asks for every input, as many at a time as the peer's concurrency allows. Once the peer does not answer in time or is
 * gone, it is not asked for the rest: ten thousand timeouts would say no more than one. Waiting for the calls of other
 * requests does not count.
 * @param alone one call at a time, without any other call to that service
 */
export async function askForEach(
  address: PeerAddress,
  { gate, now }: PeerCalls,
  { inputs, alone = false }: { readonly inputs: readonly PeerInput[]; readonly alone?: boolean | undefined },
  askOne: (input: PeerInput) => Promise<PeerAnswer>,
): Promise<PeerAnswer[]> {
  const atOnce = alone ? 1 : concurrencyOf(address);
  const limitMs = PEER_TIMEOUT_MS + (inputs.length * PEER_TIMEOUT_PER_CALL_MS) / atOnce;
  const answers: PeerAnswer[] = [];
  let spentMs = 0;
  let givenUp: IsobitError | null = null;
  const waiting = inputs.entries();
  const call = async (input: PeerInput): Promise<PeerAnswer> => {
    // Others of this request may have given up while this one waited for its turn.
    if (givenUp) return { ok: false, error: givenUp };
    const started = now();
    const answer = await answered(askOne(input));
    spentMs += now() - started;
    if (!answer.ok && (answer.error.code === "TIMEOUT" || answer.error.code === "BACKEND_UNAVAILABLE")) {
      givenUp ??= answer.error;
    }
    if (spentMs / atOnce > limitMs) givenUp ??= tookTooLong(address, limitMs, inputs.length);
    return answer;
  };
  const worker = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      answers[index] = givenUp ? { ok: false, error: givenUp } : await gate.run(atOnce, () => call(input));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, inputs.length) }, worker));
  return answers;
}

function tookTooLong({ id }: PeerAddress, limitMs: number, inputs: number): IsobitError {
  return new IsobitError("TIMEOUT", `The peer ${id} took over ${limitMs / 1000} s for ${inputs} inputs.`);
}

async function answered(asking: Promise<PeerAnswer>): Promise<PeerAnswer> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof IsobitError) return { ok: false, error };
    throw error;
  }
}
