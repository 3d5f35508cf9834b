import { messageOf } from "../errors.ts";
import type { PlacedKernel } from "./placement.ts";
import type { NamedTensor, RunnerResponse, RunnerRequest, SessionSettings } from "./runner-messages.ts";
import { elementArray, type ElementArray, tensorOfRuntime } from "../tensors/tensor-array.ts";

/** What a runner needs from onnxruntime-node or onnxruntime-web. */
export interface RunnerRuntime {
  readonly version: string;
  /** A tensor of the runtime's own class. */
  tensor(type: string, data: ElementArray, dims: readonly number[]): unknown;
  /** @throws Error with ONNX Runtime's message */
  open(model: Uint8Array, settings: SessionSettings): Promise<RuntimeSession>;
  /**
   * A session that may leave nodes to the CPU, after one run, and where its nodes ran; absent: the runtime does not tell.
   * @throws Error with ONNX Runtime's message
   */
  place?(
    model: Uint8Array,
    settings: SessionSettings,
    feeds: Readonly<Record<string, unknown>>,
  ): Promise<{
    readonly session: RuntimeSession;
    readonly kernels: readonly PlacedKernel[];
    readonly given: Readonly<Record<string, RuntimeOutput>>;
  }>;
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
      case "place": {
        await close(request.session);
        if (!runtime.place) throw new Error("this runtime does not tell where its nodes run");
        const feeds = runtimeFeeds(runtime, request.feeds);
        const { session, kernels, given } = await runtime.place(request.model, request.settings, feeds);
        sessions.set(request.session, session);
        return { is: "placed", kernels, outputs: namedTensors(given) };
      }
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
  const tensors = runtimeFeeds(runtime, feeds);
  const started = runtime.now();
  const given = await session.run(tensors);
  const latencyMs = runtime.now() - started;
  return { is: "ran", outputs: namedTensors(given), latencyMs };
}

function runtimeFeeds(runtime: RunnerRuntime, feeds: readonly NamedTensor[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    feeds.map(({ name, tensor }) => [name, runtime.tensor(tensor.type, elementArray(tensor), tensor.dims)]),
  );
}

function namedTensors(given: Readonly<Record<string, RuntimeOutput>>): readonly NamedTensor[] {
  return Object.entries(given).flatMap(([name, value]): NamedTensor[] => {
    const tensor = tensorOfRuntime(value);
    return tensor === null ? [] : [{ name, tensor }];
  });
}
