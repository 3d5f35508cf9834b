import process from "node:process";
import { messageOf } from "#core/errors.ts";
import type { GpuAnswer, GpuQuestion } from "./gpu-messages.ts";
import { runAll } from "./outcomes.ts";
import { fusedNodes, runPart } from "./parts.ts";
import { type ModelSession, openSession, type Provider } from "./session.ts";

/*
 * The process of one GPU backend: `node gpu-process.ts cuda|webgpu`, started by gpu-client.ts with the environment
 * that its driver reads before it loads.
 */

const provider = process.argv[2] as Provider;
const sessions = new Map<string, ModelSession>();

async function answer(question: GpuQuestion): Promise<GpuAnswer> {
  switch (question.ask) {
    case "open":
      sessions.set(question.model.sha256, await openSession(provider, question.model, question.bytes));
      return { is: "opened" };
    case "infer":
      return { is: "inferred", outcomes: await runAll(sessionOf(question.sha256), question.tensors) };
    case "run part":
      return { is: "part run", outputs: await runPart(provider, question.part, question.feeds) };
    case "fused nodes":
      return { is: "nodes fused", nodes: await fusedNodes(provider, question.part) };
  }
}

function sessionOf(sha256: string): ModelSession {
  const session = sessions.get(sha256);
  if (session) return session;
  throw new Error(`no session is open for the model ${sha256}`);
}

process.on("message", (question: GpuQuestion) => {
  answer(question)
    .catch((error: unknown): GpuAnswer => ({ is: "failed", message: messageOf(error) }))
    .then((reply) => process.send?.(reply));
});

// Ctrl-C reaches the whole process group, but the origin lets requests in flight finish first and then hangs up.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
