import { compare, type Comparison } from "./compare.ts";
import { infer, type Outputs } from "./infer.ts";
import { askPeers } from "./ask-peers.ts";
import { repeatRequests } from "./repeat-requests.ts";
import { preprocess, type PreparedInput } from "./preprocess.ts";
import type { InferenceRequest } from "./request.ts";
import { respond, type InferenceResponse } from "./respond.ts";
import type { Host } from "./host.ts";
import { validate, type Plan } from "./validate.ts";

/**
 * The main path: request -> validate -> preprocess -> infer -> compare -> respond.
 * predict, rawLogits and parity all use it and differ only in what they show. Peers are asked while backends infer, and
 * some requests are repeated afterwards, so that a peer's race is not taken for drift.
 * @throws IsobitError for a request that cannot be run at all. A failing image or backend is an error in its own row or
 *   output instead, and does not affect the rest.
 */
export async function answer(request: InferenceRequest, host: Host): Promise<InferenceResponse> {
  const startedAt = host.timestamp();
  const started = host.now();
  const plan: Plan = await validate(request, host);
  return answerPlan(plan, host, { startedAt, started });
}

/** All stages but the first: a sweep validates its request once, and then has the plan answered in parts. */
export async function answerPlan(
  plan: Plan,
  host: Host,
  { startedAt, started }: { readonly startedAt: string; readonly started: number },
): Promise<InferenceResponse> {
  const inputs: PreparedInput[] = await preprocess(plan, host);
  const asked = askPeers(plan, inputs, host);
  const outputs: Outputs = await infer(plan, inputs, host);
  await host.pause(plan.items.length);
  const peers = await repeatRequests({ plan, inputs, outputs, host }, await asked);
  const environment = await plan.environment;
  const comparison: Comparison = compare(plan, inputs, outputs, peers);
  const elapsedMs = host.now() - started;
  const answered = respond({ plan, inputs, outputs, peers, environment, comparison, startedAt, elapsedMs });
  if (comparison.totals.length > 0) host.compared?.(comparison.verdict, answered.violations.length);
  for (const { message, modelSha256, inputSha256 } of answered.violations) {
    host.alarm(`${message} model ${modelSha256}, input ${inputSha256}`);
  }
  return answered;
}
