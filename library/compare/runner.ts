import { IsobitError } from "#core/errors.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { RunnerResponse, RunnerRequest, SessionSettings } from "#core/backends/runner-messages.ts";
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
  /** The model as the runtime's optimiser leaves it; null where it does not tell. @throws IsobitError BACKEND_FAILED */
  optimised(model: Uint8Array, settings: SessionSettings): Promise<Uint8Array | null>;
  /** Ends the process. */
  end(): Promise<void>;
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
      const named = [...feeds].map(([name, tensor]) => ({ name, tensor }));
      const answer = await ask({ ask: "run", session, feeds: named });
      if (answer.is !== "ran") throw outOfTurn(facts.backend);
      return {
        outputs: new Map(answer.outputs.map(({ name, tensor }) => [name, tensor])),
        latencyMs: answer.latencyMs,
      };
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

function outOfTurn(backend: BackendId): IsobitError {
  return new IsobitError("BACKEND_FAILED", `${backend} sent an unexpected response.`);
}
