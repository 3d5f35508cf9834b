import { messageOf } from "../errors.ts";
import type { NamedTensor, RunnerResponse, RunnerRequest, SessionSettings } from "./runner-messages.ts";
import { elementArray, type ElementArray, tensorOfRuntime } from "../tensors/tensor-array.ts";

/** What a runner needs from onnxruntime-node or onnxruntime-web. */
export interface RunnerRuntime {
  readonly version: string;
  /** A tensor of the runtime's own class. */
  tensor(type: string, data: ElementArray, dims: readonly number[]): unknown;
  /** @throws Error with ONNX Runtime's message */
  open(model: Uint8Array, settings: SessionSettings): Promise<RuntimeSession>;
  /** The optimised model; null if the runtime does not expose it. */
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

/** Handles a runner's requests. Never rejects: a failure is a response. Requests must not overlap. */
export function createRunner(runtime: RunnerRuntime): (request: RunnerRequest) => Promise<RunnerResponse> {
  const sessions = new Map<string, RuntimeSession>();
  const close = async (name: string): Promise<void> => {
    await sessions.get(name)?.release();
    sessions.delete(name);
  };
  const answer = async (request: RunnerRequest): Promise<RunnerResponse> => {
    switch (request.ask) {
      case "hello":
        return { is: "hello", runtimeVersion: runtime.version };
      case "open":
        await close(request.session);
        sessions.set(request.session, await runtime.open(request.model, request.settings));
        return { is: "opened" };
      case "run":
        return await run(runtime, sessions.get(request.session), request.feeds);
      case "close":
        await close(request.session);
        return { is: "closed" };
      case "optimised":
        return { is: "optimised", model: await runtime.optimised(request.model, request.settings) };
    }
  };
  return async (request) => {
    try {
      return await answer(request);
    } catch (error) {
      return { is: "failed", message: messageOf(error) };
    }
  };
}

async function run(
  runtime: RunnerRuntime,
  session: RuntimeSession | undefined,
  feeds: readonly NamedTensor[],
): Promise<RunnerResponse> {
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
