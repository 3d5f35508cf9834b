import { parentPort } from "node:worker_threads";
import { messageOf } from "#core/errors.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { NodeQuestion } from "#core/explain/question.ts";
import type { ExplainReply } from "./explainer.ts";

/*
 * The thread that explains nodes for explainer.ts: seconds of computation in which the origin goes on answering.
 */

parentPort?.on("message", (question: NodeQuestion) => {
  // A thread has no origin that a message could be meant for.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(reply(question));
});

function reply(question: NodeQuestion): ExplainReply {
  try {
    return { ok: true, explanation: explainNode(question) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
