import { parentPort } from "node:worker_threads";
import type { HostResponse, HostRequest } from "./host-messages.ts";
import { createSessionHost } from "./session-host.ts";

/*
 * The thread that holds the CPU provider's sessions under Deno, started by host-thread-client.ts.
 */

const ask = createSessionHost("cpu");
let turn: Promise<unknown> = Promise.resolve();

parentPort?.on("message", (request: HostRequest) => {
  turn = turn.then(async () => {
    const answer = await ask(request);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin that a message could be meant for
    parentPort?.postMessage(answer, buffersOf(answer));
  });
});

/** Handed over, not copied. */
function buffersOf(answer: HostResponse): ArrayBuffer[] {
  return answer.is === "inferred" ? [answer.outcomes.logits.buffer] : [];
}
