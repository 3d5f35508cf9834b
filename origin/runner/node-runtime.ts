import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import type { RunnerRuntime, RuntimeSession } from "#core/backends/runner.ts";
import type { SessionSettings } from "#core/backends/runner-messages.ts";
import { type Provider, rethrowTidy, RUNTIME_VERSION, sessionOptions } from "../session.ts";

/** onnxruntime-node on one provider, with the options of the origin's own sessions except those that a command varies. */
export function nodeRuntime(provider: Provider): RunnerRuntime {
  return {
    version: RUNTIME_VERSION,
    tensor: (type, data, dims) => new ort.Tensor(type as "float32", data as Float32Array, [...dims]),
    open: async (model, settings) => await openSession(model, optionsOf(provider, settings)),
    optimised: async (model, settings) => await optimised(model, optionsOf(provider, settings)),
    now: () => performance.now(),
  };
}

function optionsOf(
  provider: Provider,
  { level, threads, memory }: SessionSettings,
): ort.InferenceSession.SessionOptions {
  return {
    ...sessionOptions(provider),
    graphOptimizationLevel: level,
    ...(threads !== null && { intraOpNumThreads: threads }),
    ...(memory.includes("no arena") && { enableCpuMemArena: false }),
    ...(memory.includes("no patterns") && { enableMemPattern: false }),
  };
}

async function openSession(model: Uint8Array, options: ort.InferenceSession.SessionOptions): Promise<RuntimeSession> {
  const session = await ort.InferenceSession.create(model, options).catch(rethrowTidy);
  return {
    run: async (feeds) => await session.run(feeds as Record<string, ort.Tensor>).catch(rethrowTidy),
    release: async () => await session.release(),
  };
}

/** ONNX Runtime writes the optimised graph only to a file, while it makes a session. */
async function optimised(model: Uint8Array, options: ort.InferenceSession.SessionOptions): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-optimised-"));
  try {
    const path = join(folder, "model.onnx");
    const session = await openSession(model, { ...options, optimizedModelFilePath: path });
    await session.release();
    return new Uint8Array(await readFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
