import { parentPort } from "node:worker_threads";
import type { HostAnswer } from "./host-messages.ts";
import type { ThreadAnswer, ThreadQuestion } from "./cpu-thread-client.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The thread that infers for cpu-thread-client.ts: onnxruntime-node computes where it is called, and the origin goes on
 * answering meanwhile.
 */

const ask = createSessionHost("cpu");
let last: Promise<unknown> = Promise.resolve();

parentPort?.on("message", async ({ id, question }: ThreadQuestion) => {
  // One after the other: what is asked of a session comes after what opened it.
  const turn = last.then(() => ask(question));
  last = turn;
  const answer = await turn;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin that a message could be meant for
  parentPort?.postMessage({ id, answer } satisfies ThreadAnswer, buffersOf(answer));
});

/** Handed over, not copied. */
function buffersOf(answer: HostAnswer): ArrayBuffer[] {
  return answer.is === "inferred" ? [answer.outcomes.logits.buffer] : [];
}
