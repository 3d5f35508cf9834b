import { messageOf } from "../errors.ts";
import type { NamedTensor, RunnerAnswer, RunnerQuestion, SessionSettings } from "./runner-messages.ts";
import { elementArray, type ElementArray, tensorOfRuntime } from "../tensors/tensor-array.ts";

/** What onnxruntime-node and onnxruntime-web have in common, as far as a runner needs it. */
export interface RunnerRuntime {
  readonly version: string;
  /** A tensor as the runtime takes it. */
  tensor(type: string, data: ElementArray, dims: readonly number[]): unknown;
  /** @throws Error with ONNX Runtime's words */
  open(model: Uint8Array, settings: SessionSettings): Promise<RuntimeSession>;
  /** The model as the optimiser leaves it; null where the runtime does not tell. */
  optimised(model: Uint8Array, settings: SessionSettings): Promise<Uint8Array | null>;
  /** Milliseconds since some fixed moment. */
  now(): number;
}

export interface RuntimeSession {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, RuntimeOutput>>>;
  release(): Promise<void>;
}

interface RuntimeOutput {
  readonly type?: unknown;
  readonly dims?: readonly number[];
  readonly data?: unknown;
}

/** Answers what a runner is asked. Never rejects: a failure is an answer. Questions must not overlap. */
export function createRunner(runtime: RunnerRuntime): (question: RunnerQuestion) => Promise<RunnerAnswer> {
  const sessions = new Map<string, RuntimeSession>();
  const close = async (name: string): Promise<void> => {
    await sessions.get(name)?.release();
    sessions.delete(name);
  };
  const answer = async (question: RunnerQuestion): Promise<RunnerAnswer> => {
    switch (question.ask) {
      case "hello":
        return { is: "hello", runtimeVersion: runtime.version };
      case "open":
        await close(question.session);
        sessions.set(question.session, await runtime.open(question.model, question.settings));
        return { is: "opened" };
      case "run":
        return await run(runtime, sessions.get(question.session), question.feeds);
      case "close":
        await close(question.session);
        return { is: "closed" };
      case "optimised":
        return { is: "optimised", model: await runtime.optimised(question.model, question.settings) };
    }
  };
  return async (question) => {
    try {
      return await answer(question);
    } catch (error) {
      return { is: "failed", message: messageOf(error) };
    }
  };
}

async function run(
  runtime: RunnerRuntime,
  session: RuntimeSession | undefined,
  feeds: readonly NamedTensor[],
): Promise<RunnerAnswer> {
  if (!session) throw new Error("no session is open under this name");
  const tensors = Object.fromEntries(
    feeds.map(({ name, tensor }) => [name, runtime.tensor(tensor.type, elementArray(tensor), tensor.dims)]),
  );
  const started = runtime.now();
  const given = await session.run(tensors);
  const latencyMs = runtime.now() - started;
  const outputs = Object.entries(given).flatMap(([name, value]): NamedTensor[] => {
    const tensor = tensorOfRuntime(value);
    return tensor === null ? [] : [{ name, tensor }];
  });
  return { is: "ran", outputs, latencyMs };
}
