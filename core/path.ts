import { compare, type Comparison } from "./compare.ts";
import { infer, type Outputs } from "./infer.ts";
import { askPeers } from "./peers/ask.ts";
import { repeatQuestions } from "./peers/repeat.ts";
import { preprocess, type PreparedInput } from "./preprocess.ts";
import type { Question } from "./request.ts";
import { respond, type Answer } from "./respond.ts";
import type { Surroundings } from "./host.ts";
import { validate, type Plan } from "./validate.ts";

/**
 * The one main path: request -> validate -> preprocess -> infer -> compare -> respond.
 * predict, rawLogits and parity are all this function; only what they show differs. Peers are asked while backends infer,
 * and some questions again afterwards, so that a peer's race is not taken for drift.
 * @throws IsobitError for a question that cannot be asked at all. A failing image or backend is an error in its own
 *   row or output instead, and never disturbs the rest.
 */
export async function answer(question: Question, surroundings: Surroundings): Promise<Answer> {
  const startedAt = surroundings.timestamp();
  const started = surroundings.now();
  const plan: Plan = await validate(question, surroundings);
  return answerPlan(plan, surroundings, { startedAt, started });
}

/** All but the first stage: a sweep validates its question once, and then has the plan answered a part at a time. */
export async function answerPlan(
  plan: Plan,
  surroundings: Surroundings,
  { startedAt, started }: { readonly startedAt: string; readonly started: number },
): Promise<Answer> {
  const inputs: PreparedInput[] = await preprocess(plan, surroundings);
  const asked = askPeers(plan, inputs, surroundings);
  const outputs: Outputs = await infer(plan, inputs, surroundings);
  const peers = await repeatQuestions({ plan, inputs, outputs, surroundings }, await asked);
  const environment = await plan.environment;
  const comparison: Comparison = compare(plan, inputs, outputs, peers);
  const elapsedMs = surroundings.now() - started;
  const answered = respond({ plan, inputs, outputs, peers, environment, comparison, startedAt, elapsedMs });
  for (const { message, modelSha256, inputSha256 } of answered.violations) {
    surroundings.alarm(`${message} model ${modelSha256}, input ${inputSha256}`);
  }
  return answered;
}
