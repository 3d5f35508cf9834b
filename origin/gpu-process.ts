import process from "node:process";
import { messageOf } from "#core/errors.ts";
import type { GpuAnswer, GpuQuestion } from "./gpu-messages.ts";
import { runAll } from "./outcomes.ts";
import { type ModelSession, openSession, type Provider } from "./session.ts";

/*
 * The process of one GPU backend: `node gpu-process.ts cuda|webgpu`, started by gpu-client.ts with the environment
 * that its driver reads before it loads.
 */

const provider = process.argv[2] as Provider;
const sessions = new Map<string, ModelSession>();

async function answer(question: GpuQuestion): Promise<GpuAnswer> {
  if (question.ask === "open") {
    sessions.set(question.model.sha256, await openSession(provider, question.model, question.bytes));
    return { is: "opened" };
  }
  const session = sessions.get(question.sha256);
  if (!session) throw new Error(`no session is open for the model ${question.sha256}`);
  return { is: "inferred", outcomes: await runAll(session, question.tensors) };
}

process.on("message", (question: GpuQuestion) => {
  answer(question)
    .catch((error: unknown): GpuAnswer => ({ is: "failed", message: messageOf(error) }))
    .then((reply) => process.send?.(reply));
});

// Ctrl-C reaches the whole process group, but the origin lets requests in flight finish first and then hangs up.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
