import { cpus } from "node:os";
import { type BackendId, BACKENDS, type GpuBackendId, isGpuBackend } from "#core/backends.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { AdaptersResponse, AdaptersRequest, RunnerAdapter } from "#core/backends/runner-messages.ts";
import { ChildProcessClient } from "#node/child-process-client.ts";
import { scriptPath } from "#node/installation.ts";
import { RUNNER_START_TIMEOUT_MS } from "./limits.ts";
import { answerOf, type Runner, type RunnerProcess, runnerOf } from "./runner.ts";

/** A backend that cannot run here, with the reason and what to do. */
export interface Absent {
  readonly backend: BackendId;
  readonly reason: string;
}

/** What to start. */
export interface RunnerStart {
  readonly backend: BackendId;
  /** As the caller named it; null for isobit's own. */
  readonly version: string | null;
  /** The folder that holds this version of ONNX Runtime; null for isobit's own. */
  readonly folder: string | null;
}

/** Starts a backend's process and waits for its first answer. */
export async function startRunner({ backend, folder }: RunnerStart): Promise<Runner | Absent> {
  if (isGpuBackend(backend)) return await startGpu(backend, folder);
  if (backend === "WASM") {
    const device = { device: "Node's V8", hardwareGpu: false };
    return await started(backend, runnerProcess("edge/node/wasm-runner-process", folder), device);
  }
  const device = cpus()[0]?.model.trim() || null;
  return await started(backend, providerProcess(backend, folder), { device, hardwareGpu: false });
}

export function isAbsent(runner: Runner | Absent): runner is Absent {
  return "reason" in runner;
}

function providerProcess(
  backend: BackendId,
  folder: string | null,
  environment: RunnerAdapter["environment"] = {},
): RunnerProcess {
  return runnerProcess("origin/runner/provider-process", folder, [BACKENDS[backend].provider], environment);
}

function runnerProcess(
  script: string,
  folder: string | null,
  args: readonly string[] = [],
  environment: RunnerAdapter["environment"] = {},
): RunnerProcess {
  return folder === null
    ? new ChildProcessClient(script, args, environment)
    : new ChildProcessClient("node/with-runtime", [folder, scriptPath(script), ...args], environment);
}

async function started(
  backend: BackendId,
  asked: RunnerProcess,
  device: Pick<Runner, "device" | "hardwareGpu">,
): Promise<Runner | Absent> {
  try {
    const answer = await asked.request({ ask: "hello" }, RUNNER_START_TIMEOUT_MS);
    if (answer.is === "hello") return runnerOf(asked, { backend, runtimeVersion: answer.runtimeVersion, ...device });
    throw new Error("it sent an unexpected response");
  } catch (error) {
    await asked.close();
    return { backend, reason: `Its process ${messageOf(error)}. ${asked.stderr}`.trim() };
  }
}

/** Tries the adapters that the origin knows of, one process each, until one computes. */
async function startGpu(backend: GpuBackendId, folder: string | null): Promise<Runner | Absent> {
  const origin = new ChildProcessClient<AdaptersRequest, AdaptersResponse>("origin/runner/adapters-process");
  try {
    const found = await origin.request({ ask: "adapters", backend }, RUNNER_START_TIMEOUT_MS);
    if (found.is !== "adapters") return { backend, reason: reasonIn(found) };
    const failures: string[] = [];
    for (const adapter of found.adapters) {
      const tried = await tryAdapter(backend, folder, adapter);
      if (!(tried instanceof Error)) return tried;
      const { failure, stderr } = tried;
      const explained = await origin.request({ ask: "explain", backend, failure, stderr }, RUNNER_START_TIMEOUT_MS);
      failures.push(`${adapter.device}: ${reasonIn(explained)}`);
    }
    return { backend, reason: failures.join(" ") };
  } catch (error) {
    return { backend, reason: `The origin's adapters could not be listed: its process ${messageOf(error)}.` };
  } finally {
    await origin.close();
  }
}

class AdapterFailed extends Error {
  readonly failure: string;
  readonly stderr: string;

  constructor(failure: string, stderr: string) {
    super(failure);
    this.failure = failure;
    this.stderr = stderr;
  }
}

/** A driver may load and still not compute, so it is tested with one sum. */
async function tryAdapter(
  backend: GpuBackendId,
  folder: string | null,
  { device, hardwareGpu, environment }: RunnerAdapter,
): Promise<Runner | AdapterFailed> {
  const asked = providerProcess(backend, folder, environment);
  const runner = await started(backend, asked, { device, hardwareGpu });
  if (isAbsent(runner)) return new AdapterFailed(runner.reason, asked.stderr);
  try {
    await answerOf(asked, backend, {
      ask: "open",
      session: "first",
      model: oneSum(),
      settings: { level: "extended", threads: null, memory: "default" },
    });
    await runner.run("first", new Map([["x", { type: "float32", dims: [1], bytes: new Uint8Array(4) }]]));
    await runner.close("first");
    return runner;
  } catch (error) {
    await asked.close();
    if (error instanceof IsobitError) return new AdapterFailed(error.message, asked.stderr);
    throw error;
  }
}

/** y = x + x */
function oneSum(): Uint8Array {
  const value = (name: string) => ({ name, elementType: "float32", shape: [1], dimNames: [null] });
  return writeModel({
    irVersion: 8,
    opsets: new Map([["", 17]]),
    producer: "isobit",
    functions: [],
    graph: {
      name: "sum",
      nodes: [{ name: "sum", op: "Add", domain: "", inputs: ["x", "x"], outputs: ["y"], attributes: new Map() }],
      inputs: [value("x")],
      weightInputs: [],
      outputs: [value("y")],
      initializers: new Map(),
      valueInfo: [],
    },
  });
}

function reasonIn(answer: AdaptersResponse): string {
  return answer.is === "failed" ? answer.message : answer.is === "adapters" ? "" : answer.reason;
}
