import { parentPort } from "node:worker_threads";
import { messageOf } from "#core/errors.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import type { ExplainReply } from "./explainer.ts";

/*
 * The thread that explains nodes for explainer.ts: seconds of computation in which the origin goes on answering.
 */

parentPort?.on("message", (request: NodeRequest) => {
  // A thread has no origin that a message could be meant for.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(reply(request));
});

function reply(request: NodeRequest): ExplainReply {
  try {
    return { ok: true, explanation: explainNode(request) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}
