import { IsobitError } from "#core/errors.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import { type Placement, placementOf } from "#core/backends/placement.ts";
import type { NamedTensor, RunnerResponse, RunnerRequest, SessionSettings } from "#core/backends/runner-messages.ts";
import type { BackendId } from "#core/backends.ts";
import { ChildProcessClient, ProcessLost } from "#node/child-process-client.ts";
import { RUNNER_TIMEOUT_MS } from "./limits.ts";

/** One backend in its own process. */
export interface Runner {
  readonly backend: BackendId;
  readonly runtimeVersion: string;
  readonly device: string | null;
  readonly hardwareGpu: boolean;
  /** @throws IsobitError BACKEND_FAILED with ONNX Runtime's words */
  open(session: string, model: Uint8Array, settings: SessionSettings): Promise<void>;
  /** @throws IsobitError BACKEND_FAILED */
  run(session: string, feeds: NamedTensors): Promise<{ readonly outputs: NamedTensors; readonly latencyMs: number }>;
  close(session: string): Promise<void>;
  /**
   * Opens a session that may leave nodes to the CPU, runs it once, and says where its nodes ran.
   * @throws IsobitError BACKEND_FAILED
   */
  place(session: string, model: Uint8Array, settings: SessionSettings, feeds: NamedTensors): Promise<PlacedRun>;
  /** The model as the runtime's optimiser leaves it; null where it does not tell. @throws IsobitError BACKEND_FAILED */
  optimised(model: Uint8Array, settings: SessionSettings): Promise<Uint8Array | null>;
  /** Ends the process. */
  end(): Promise<void>;
}

interface PlacedRun {
  readonly placement: Placement;
  readonly outputs: NamedTensors;
}

export type RunnerProcess = ChildProcessClient<RunnerRequest, RunnerResponse>;

interface Facts {
  readonly backend: BackendId;
  readonly runtimeVersion: string;
  readonly device: string | null;
  readonly hardwareGpu: boolean;
}

export function runnerOf(asked: RunnerProcess, facts: Facts): Runner {
  const ask = async (request: RunnerRequest): Promise<RunnerResponse> => await answerOf(asked, facts.backend, request);
  return {
    ...facts,
    async open(session, model, settings) {
      await ask({ ask: "open", session, model, settings });
    },
    async run(session, feeds) {
      const answer = await ask({ ask: "run", session, feeds: listed(feeds) });
      if (answer.is !== "ran") throw outOfTurn(facts.backend);
      return { outputs: byName(answer.outputs), latencyMs: answer.latencyMs };
    },
    async place(session, model, settings, feeds) {
      const answer = await ask({ ask: "place", session, model, settings, feeds: listed(feeds) });
      if (answer.is !== "placed") throw outOfTurn(facts.backend);
      return { placement: placementOf(answer.kernels), outputs: byName(answer.outputs) };
    },
    async close(session) {
      await ask({ ask: "close", session });
    },
    async optimised(model, settings) {
      const answer = await ask({ ask: "optimised", model, settings });
      if (answer.is !== "optimised") throw outOfTurn(facts.backend);
      return answer.model;
    },
    end: () => asked.close(),
  };
}

/** @throws IsobitError BACKEND_FAILED if the runtime reports an error or its process ends */
export async function answerOf(
  asked: RunnerProcess,
  backend: BackendId,
  request: RunnerRequest,
): Promise<RunnerResponse> {
  const answer = await asked.request(request, RUNNER_TIMEOUT_MS).catch((error: unknown) => {
    if (!(error instanceof ProcessLost)) throw error;
    const words = asked.stderr.split("\n").at(-1) ?? "";
    const message = `${backend}: its process ${error.message}.${words === "" ? "" : ` Its last words: ${words}`}`;
    throw new IsobitError("BACKEND_FAILED", message, { cause: error });
  });
  if (answer.is === "failed") throw new IsobitError("BACKEND_FAILED", `${backend} failed: ${answer.message}`);
  return answer;
}

function listed(feeds: NamedTensors): readonly NamedTensor[] {
  return [...feeds].map(([name, tensor]) => ({ name, tensor }));
}

function byName(outputs: readonly NamedTensor[]): NamedTensors {
  return new Map(outputs.map(({ name, tensor }) => [name, tensor]));
}

function outOfTurn(backend: BackendId): IsobitError {
  return new IsobitError("BACKEND_FAILED", `${backend} sent an unexpected response.`);
}
