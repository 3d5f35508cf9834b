import { messageOf } from "#core/errors.ts";
import { rowsOf } from "#core/tensors/joined.ts";
import type { HostAnswer, HostQuestion } from "./host-messages.ts";
import { packed, runAll } from "./outcomes.ts";
import { fusedNodes, runPart } from "./parts.ts";
import { type ModelSession, openSession, type Provider, servingOptions } from "./session.ts";

/** Whoever answers questions about sessions: this process, another one, a thread. Never rejects for what fails in a session. */
export type AskHost = (question: HostQuestion) => Promise<HostAnswer>;

/** Sessions of one provider, in whatever process or thread this is called. */
export function createSessionHost(provider: Provider): AskHost {
  const sessions = new Map<string, ModelSession>();
  const answer = async (question: HostQuestion): Promise<HostAnswer> => {
    switch (question.ask) {
      case "open":
        sessions.set(question.model.sha256, await openSession(provider, question.model, question.bytes));
        return { is: "opened" };
      case "infer": {
        const session = sessions.get(question.sha256);
        if (!session) throw new Error(`no session is open for the model ${question.sha256}`);
        const rows = rowsOf(question.rows, session.model.input.elements);
        return { is: "inferred", outcomes: packed(await runAll(session, rows)) };
      }
      case "run part": {
        const options = servingOptions(provider, question, question.sizeBytes);
        return { is: "part run", outputs: await runPart(question.part, question.feeds, options) };
      }
      case "fused nodes":
        return { is: "nodes fused", nodes: await fusedNodes(provider, question.part) };
    }
  };
  return (question) => answer(question).catch((error: unknown) => ({ is: "failed", message: messageOf(error) }));
}
