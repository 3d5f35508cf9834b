import { messageOf } from "#core/errors.ts";
import { rowsOf } from "#core/tensors/joined.ts";
import type { HostResponse, HostRequest } from "./host-messages.ts";
import { packed, runAll } from "./outcomes.ts";
import { fusedNodes, runPart } from "./parts.ts";
import { type ModelSession, openSession, type Provider, servingOptions } from "./session.ts";

/** Responds to a request about sessions, in this process, another one or a thread. An error in a session is a "failed" response. */
export type HandleHostRequest = (request: HostRequest) => Promise<HostResponse>;

/** Sessions of one provider, in the process or thread that calls this. */
export function createSessionHost(provider: Provider): HandleHostRequest {
  const sessions = new Map<string, ModelSession>();
  const answer = async (request: HostRequest): Promise<HostResponse> => {
    switch (request.ask) {
      case "open":
        sessions.set(request.model.sha256, await openSession(provider, request.model, request.bytes));
        return { is: "opened" };
      case "infer": {
        const session = sessions.get(request.sha256);
        if (!session) throw new Error(`no session is open for the model ${request.sha256}`);
        const rows = rowsOf(request.rows, session.model.input.elements);
        return { is: "inferred", outcomes: packed(await runAll(session, rows)) };
      }
      case "run part": {
        const options = servingOptions(provider, request, request.sizeBytes);
        return { is: "part run", outputs: await runPart(request.part, request.feeds, options) };
      }
      case "fused nodes":
        return { is: "nodes fused", nodes: await fusedNodes(provider, request.part) };
    }
  };
  return (request) => answer(request).catch((error: unknown) => ({ is: "failed", message: messageOf(error) }));
}
