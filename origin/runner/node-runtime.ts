import "#node/no-telemetry.ts";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import type { PlacedKernel } from "#core/backends/placement.ts";
import type { RunnerRuntime, RuntimeSession } from "#core/backends/runner.ts";
import type { SessionSettings } from "#core/backends/runner-messages.ts";
import { type Provider, rethrowTidy, RUNTIME_VERSION, sessionOptions } from "../session.ts";

/** onnxruntime-node on one provider, with the options of the origin's own sessions except those that a command varies. */
export function nodeRuntime(provider: Provider): RunnerRuntime {
  return {
    version: RUNTIME_VERSION,
    tensor: (type, data, dims) => new ort.Tensor(type as "float32", data as Float32Array, [...dims]),
    open: async (model, settings) => await openSession(model, optionsOf(provider, settings)),
    place: async (model, settings, feeds) => await place(model, optionsOf(provider, settings), feeds),
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
  return running(await ort.InferenceSession.create(model, options).catch(rethrowTidy));
}

function running(session: ort.InferenceSession): RuntimeSession {
  return {
    run: async (feeds) => await session.run(feeds as Record<string, ort.Tensor>).catch(rethrowTidy),
    release: async () => await session.release(),
  };
}

/** ONNX Runtime tells where nodes run only in a profile, which it writes to a file. */
async function place(
  model: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
  feeds: Readonly<Record<string, unknown>>,
): Promise<Awaited<ReturnType<NonNullable<RunnerRuntime["place"]>>>> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-profile-"));
  try {
    const { disable_cpu_ep_fallback: _, ...entries } = (options.extra?.["session"] ?? {}) as Record<string, string>;
    const session = await ort.InferenceSession.create(model, {
      ...options,
      extra: { session: entries },
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
    }).catch(rethrowTidy);
    const given = await session.run(feeds as Record<string, ort.Tensor>).catch(rethrowTidy);
    session.endProfiling();
    return { session: running(session), kernels: await kernelsIn(folder), given };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const KERNEL_TIME = "_kernel_time";

/** The profile is a list of events; a node that ran has one whose name ends in KERNEL_TIME. */
async function kernelsIn(folder: string): Promise<readonly PlacedKernel[]> {
  const [file = ""] = await readdir(folder);
  const events = JSON.parse(await readFile(join(folder, file), "utf8")) as readonly {
    readonly cat?: string;
    readonly name?: string;
    readonly args?: { readonly op_name?: string; readonly provider?: string };
  }[];
  return events.flatMap(({ cat, name = "", args = {} }) =>
    cat === "Node" && name.endsWith(KERNEL_TIME)
      ? [{ name: name.slice(0, -KERNEL_TIME.length), op: args.op_name ?? "", provider: args.provider ?? "" }]
      : [],
  );
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
