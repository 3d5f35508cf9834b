import type { RunningStack } from "../../support/stack.ts";
import type { FastApi } from "./fastapi.ts";
import type { Digit } from "./images.ts";
import { type NamedProcess, processesOf } from "./process-memory.ts";
import { type Asking, overGraphql, overRest } from "./services.ts";
import { EXACT } from "./subjects.ts";

/** One way to ask one service, and the processes that answer. */
export interface LoadedService {
  readonly asking: Asking;
  readonly processes: readonly NamedProcess[];
}

/** The two ways to write FastAPI's route: comparisons are with the faster one. */
export const FASTAPI_WAYS = ["FastAPI, async def", "FastAPI, def in threads"] as const;

/** Everything that is put under load, by the name that the report gives it. */
export function loadedServices(
  stack: RunningStack,
  fastApi: FastApi | { readonly missing: string },
  digits: readonly Digit[],
): Readonly<Record<string, LoadedService>> {
  const edge = processesOf(stack.edge().pid, "edge");
  const origin = processesOf(stack.origin().pid, "origin");
  return {
    "edge, REST": { asking: overRest(stack.edgeUrl, digits), processes: edge },
    "edge, GraphQL": { asking: overGraphql(stack.edgeUrl, "WASM", EXACT, digits), processes: edge },
    "origin, REST": { asking: overRest(stack.originUrl, digits), processes: origin },
    "origin, GraphQL": { asking: overGraphql(stack.originUrl, "CPU", EXACT, digits), processes: origin },
    ...("missing" in fastApi ? {} : bothWays(fastApi, digits)),
  };
}

function bothWays({ url, pid }: FastApi, digits: readonly Digit[]): Readonly<Record<string, LoadedService>> {
  const processes = [{ pid, name: "FastAPI" }];
  const [onTheLoop, inThreads] = FASTAPI_WAYS;
  return {
    [onTheLoop]: { asking: overRest(url, digits), processes },
    [inThreads]: { asking: overRest(url, digits, "/predict-in-thread"), processes },
  };
}
