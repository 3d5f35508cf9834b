import { IsobitError, messageOf } from "#core/errors.ts";
import { type AdapterInfo, describeDevice, type Device } from "./device.ts";
import type { Reply, Request } from "./messages.ts";
import { type BrowserSessions, createSessions } from "./sessions.ts";
import { startRuntime, type StartedRuntime } from "./start-runtime.ts";

/*
 * One provider of onnxruntime-web in its own thread, so that the page stays responsive while a model runs. Requests are
 * answered in order, one at a time.
 */

interface Held extends StartedRuntime {
  readonly sessions: BrowserSessions;
}

let held: Held | undefined;
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  last = last.then(() => answer(data));
});

async function answer(request: Request): Promise<void> {
  try {
    if (request.kind === "start") await start(request);
    else await run(request);
  } catch (error) {
    const code = error instanceof IsobitError ? error.code : "BACKEND_FAILED";
    reply({ kind: "failed", id: request.id, code, message: messageOf(error) });
  }
}

async function start({ id, provider }: Extract<Request, { kind: "start" }>): Promise<void> {
  const started = await startRuntime(provider, sayProgress);
  held = { ...started, sessions: createSessions(provider, started.runtime, sayProgress) };
  const { runtimeVersion, device } = started;
  reply({ kind: "started", id, started: { runtimeVersion, device } });
}

async function run({ id, model, tensors }: Extract<Request, { kind: "run" }>): Promise<void> {
  if (held === undefined) throw new Error("the runtime was never started");
  const inferences = await held.sessions.infer(model, tensors);
  reply({ kind: "answered", id, inferences, device: await deviceInUse(held) });
}

let watched: GPUDevice | undefined;

/** With its first session, ONNX Runtime requests its own adapter; that is the device in use. */
async function deviceInUse({ runtime, device }: Held): Promise<Device | null> {
  if (device === null) return null;
  const used = (await runtime.env.webgpu.device) as GPUDevice | undefined;
  if (used === undefined) return device;
  if (used !== watched) {
    watched = used;
    void used.lost.then(({ message }) =>
      reply({ kind: "lost", message: `The browser lost its graphics device. ${message}`.trim() }),
    );
  }
  return describeDevice(used.adapterInfo as AdapterInfo);
}

function sayProgress(progress: Extract<Reply, { kind: "progress" }>["progress"]): void {
  reply({ kind: "progress", progress });
}

function reply(message: Reply): void {
  postMessage(message);
}
