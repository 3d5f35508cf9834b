import { IsobitError } from "#core/errors.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Device } from "./device.ts";
import type { PostedInference, Progress, Reply, Request, Started } from "./messages.ts";
import type { Provider } from "./providers.ts";

/** One provider in its worker. */
export interface RemoteRuntime {
  /** @throws IsobitError */
  start(): Promise<Started>;
  /** @throws IsobitError */
  run(
    model: ModelInfo,
    tensors: readonly Float32Array[],
  ): Promise<{ readonly inferences: readonly PostedInference[]; readonly device: Device | null }>;
  /** Ends the worker; pending requests are never answered. */
  end(): void;
}

interface Listeners {
  onProgress(progress: Progress): void;
  /** The worker will not answer any more. */
  onLost(message: string): void;
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: IsobitError): void;
}

type Asked = Request extends infer Each ? (Each extends Request ? Omit<Each, "id"> : never) : never;

export function createRemote(provider: Provider, { onProgress, onLost }: Listeners): RemoteRuntime {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: `isobit-${provider}` });
  const waiting = new Map<number, Waiting>();
  let asked = 0;

  const lose = (message: string): void => {
    for (const { reject } of waiting.values()) reject(new IsobitError("BACKEND_FAILED", message));
    waiting.clear();
    onLost(message);
  };
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    lose(`The browser's worker failed: ${event.message || "its script did not load"}. Reload the page.`);
  });
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    if (data.kind === "progress") return onProgress(data.progress);
    if (data.kind === "lost") return lose(data.message);
    const asker = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === "failed") asker?.reject(new IsobitError(data.code, data.message));
    else asker?.resolve(data);
  });

  const ask = (request: Asked): Promise<Reply> =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      worker.postMessage({ ...request, id: asked } satisfies Request, []);
    });

  return {
    async start() {
      const reply = await ask({ kind: "start", provider });
      if (reply.kind === "started") return reply.started;
      throw new Error("the worker answered another request");
    },
    async run(model, tensors) {
      const reply = await ask({ kind: "run", model, tensors });
      if (reply.kind === "answered") return reply;
      throw new Error("the worker answered another request");
    },
    end: () => worker.terminate(),
  };
}
