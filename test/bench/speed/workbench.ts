import { NO_VULKAN } from "../../support/origin.ts";
import { type RunningStack, startStack } from "../../support/stack.ts";
import type { Bare } from "./bare.ts";
import { startBareCpu } from "./bare-cpu.ts";
import { startBareWasm } from "./bare-wasm.ts";
import { type FastApi, startFastApi } from "./fastapi.ts";
import { findPython, type PythonFound } from "./python.ts";
import { EXACT } from "./subjects.ts";

/** What several parts need, started when the first one asks for it and stopped in the end. */
export interface Workbench {
  /** isobit as `npm start` serves it; without the search for a software GPU, which no part measures. */
  stack(): Promise<RunningStack>;
  /** Another stack, which has answered nothing yet. */
  freshStack(): Promise<RunningStack>;
  bareWasm(): Promise<Bare>;
  bareCpu(): Promise<Bare>;
  python(): Promise<PythonFound>;
  /** The FastAPI service on the default model, or why there is none. */
  fastApi(): Promise<FastApi | { readonly missing: string }>;
  /** Ends all of it. */
  close(): Promise<void>;
}

export function createWorkbench(): Workbench {
  const started: Promise<{ stop(): Promise<void> } | { readonly missing: string }>[] = [];
  const freshStack = (): Promise<RunningStack> => {
    const starting = startStack({ env: NO_VULKAN });
    started.push(starting);
    return starting;
  };
  const kept = <T extends { stop(): Promise<void> } | { readonly missing: string }>(start: () => Promise<T>) =>
    once(() => {
      const starting = start();
      started.push(starting);
      return starting;
    });
  const python = once(findPython);
  return {
    stack: once(freshStack),
    freshStack,
    bareWasm: kept(startBareWasm),
    bareCpu: kept(startBareCpu),
    python,
    fastApi: kept(async () => {
      const found = await python();
      return "missing" in found ? found : await startFastApi(found.python, EXACT);
    }),
    async close() {
      const all = await Promise.allSettled(started);
      await Promise.all(all.map((each) => each.status === "fulfilled" && "stop" in each.value && each.value.stop()));
    },
  };
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let starting: Promise<T> | undefined;
  return () => (starting ??= start());
}
