import { IsobitError } from "#core/errors.ts";
import { PEER_CALLS_AT_ONCE, PEER_TIMEOUT_MS, PEER_TIMEOUT_PER_IMAGE_MS } from "#core/limits.ts";
import type { PeerAddress, PeerAnswer, PeerInput } from "#core/peers/peer.ts";

/**
 * Asks for every input, a few at a time. Once the peer does not answer in time or is gone, it is not asked for the rest:
 * ten thousand timeouts would say no more than one.
 * @param now milliseconds
 */
export async function askForEach(
  { id }: PeerAddress,
  inputs: readonly PeerInput[],
  now: () => number,
  askOne: (input: PeerInput) => Promise<PeerAnswer>,
): Promise<PeerAnswer[]> {
  const limitMs = PEER_TIMEOUT_MS + inputs.length * PEER_TIMEOUT_PER_IMAGE_MS;
  const until = now() + limitMs;
  const answers: PeerAnswer[] = [];
  let givenUp: IsobitError | null = null;
  const waiting = inputs.entries();
  const worker = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      if (now() > until) {
        givenUp ??= new IsobitError(
          "TIMEOUT",
          `The peer ${id} took over ${limitMs / 1000} s for ${inputs.length} inputs.`,
        );
      }
      const answer: PeerAnswer = givenUp ? { ok: false, error: givenUp } : await answered(askOne(input));
      answers[index] = answer;
      if (!answer.ok && (answer.error.code === "TIMEOUT" || answer.error.code === "BACKEND_UNAVAILABLE")) {
        givenUp ??= answer.error;
      }
    }
  };
  await Promise.all(Array.from({ length: PEER_CALLS_AT_ONCE }, worker));
  return answers;
}

async function answered(asking: Promise<PeerAnswer>): Promise<PeerAnswer> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof IsobitError) return { ok: false, error };
    throw error;
  }
}
