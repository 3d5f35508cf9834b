import type { InferenceSession } from "onnxruntime-web/wasm";
import { OPTIMIZATION_LEVEL } from "#core/backends.ts";
import { runsOf } from "#core/backends/batching.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { joinRows, splitRows } from "#core/backends/model-rows.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { download } from "./download.ts";
import type { PostedInference, Progress } from "./messages.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";
import type { Runtime } from "./start-runtime.ts";

/** Runs models on one provider, with one session per model. Calls must not overlap: ONNX Runtime has a single stack. */
export interface BrowserSessions {
  /** A failed run is a result, not an exception. @throws IsobitError if the model cannot be downloaded or loaded */
  infer(model: ModelInfo, tensors: readonly Float32Array[]): Promise<PostedInference[]>;
}

export function createSessions(
  provider: Provider,
  runtime: Runtime,
  onProgress: (progress: Progress) => void,
): BrowserSessions {
  const sessions = new Map<string, InferenceSession>();
  return {
    async infer(model, tensors) {
      const session = sessions.get(model.executedSha256) ?? (await open(provider, runtime, model, onProgress));
      sessions.set(model.executedSha256, session);
      const answers: PostedInference[] = [];
      for (const rows of runsOf(model, tensors)) answers.push(...(await run(provider, runtime, session, model, rows)));
      return answers;
    },
  };
}

/** Downloads exactly the bytes that the sides execute, addressed by their hash: nothing is adapted here. */
async function open(
  provider: Provider,
  { InferenceSession: sessions }: Runtime,
  { id, executedSha256 }: ModelInfo,
  onProgress: (progress: Progress) => void,
): Promise<InferenceSession> {
  const bytes = await download(`/models/${executedSha256}.onnx`, (loadedBytes, totalBytes) =>
    onProgress({ what: "model", loadedBytes, totalBytes }),
  );
  const found = sha256Hex(bytes);
  if (found !== executedSha256) {
    const message = `The model ${id} was downloaded with SHA-256 ${found}, not ${executedSha256}, so it was not run. Reload the page.`;
    throw new IsobitError("BACKEND_FAILED", message);
  }
  onProgress({ what: "session", loadedBytes: bytes.length, totalBytes: bytes.length });
  return sessions.create(bytes, sessionOptions(provider)).catch((error: unknown) => {
    const message = `onnxruntime-web cannot run the model ${id} on ${BROWSER_PROVIDERS[provider].title}: ${messageOf(error)}`;
    throw new IsobitError("BACKEND_FAILED", message, { cause: error });
  });
}

/** As on the sides: one provider without fallback, so that a WebGPU result never comes from WebAssembly. */
function sessionOptions(provider: Provider): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: OPTIMIZATION_LEVEL,
    ...(provider === "webgpu" && {
      extra: { session: { disable_cpu_ep_fallback: "1", use_deterministic_compute: "1" } },
    }),
  };
}

async function run(
  provider: Provider,
  { Tensor }: Runtime,
  session: InferenceSession,
  model: ModelInfo,
  rows: readonly Float32Array[],
): Promise<PostedInference[]> {
  const { data, shape } = joinRows(model, rows);
  try {
    const started = performance.now();
    const outputs = await session.run({ [model.input.name]: new Tensor("float32", data, shape) }, [model.output.name]);
    const latencyMs = (performance.now() - started) / rows.length;
    return splitRows(model, rows.length, outputs[model.output.name]).map((logits) => ({ ok: true, logits, latencyMs }));
  } catch (error) {
    const message = `${BROWSER_PROVIDERS[provider].title} in this browser failed: ${messageOf(error)}`;
    return rows.map(() => ({ ok: false, code: "BACKEND_FAILED", message }));
  }
}
