import { messageOf } from "#core/errors.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import { respondToParentThread } from "#node/respond-to-parent.ts";
import type { ExplainReply } from "./explainer.ts";

/*
 * The thread that explains nodes for explainer.ts: seconds of computation during which the origin keeps responding.
 */

respondToParentThread(async (request: NodeRequest): Promise<ExplainReply> => {
  try {
    return { ok: true, explanation: explainNode(request) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
});
