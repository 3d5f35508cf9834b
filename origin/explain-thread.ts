import { parentPort } from "node:worker_threads";
import { messageOf } from "#core/errors.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { ExplainReply, ExplainRequest } from "./explainer.ts";

/*
 * The thread that explains nodes for explainer.ts: seconds of computation in which the origin goes on answering.
 */

parentPort?.on("message", ({ id, question }: ExplainRequest) => {
  // A thread has no origin that a message could be meant for.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(reply(id, question));
});

function reply(id: number, question: ExplainRequest["question"]): ExplainReply {
  try {
    return { id, ok: true, explanation: explainNode(question) };
  } catch (error) {
    return { id, ok: false, message: messageOf(error) };
  }
}
