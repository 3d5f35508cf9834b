import { setTimeout as delay } from "node:timers/promises";
import { type Side, STILL_TRYING } from "#core/backend.ts";
import { messageOf } from "#core/errors.ts";
import { HEALTH_TIMEOUT_MS, READY_POLL_MS } from "./limits.ts";

export interface SideAddress {
  readonly side: Side;
  readonly url: string;
  readonly token: string;
}

/** What a side says of itself; `ok` false and a reason where it cannot be asked. */
export interface HealthLook {
  readonly ok: boolean;
  /** False while a backend's first try is not over. */
  readonly settled: boolean;
  readonly reason: string;
}

/** Asks until the side says that a backend of its own can answer and that every other was tried, or until the signal ends the waiting. */
export async function waitUntilReady(address: SideAddress, signal: AbortSignal): Promise<void> {
  for (;;) {
    const look = await askHealth(address, AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]));
    if (look.ok && look.settled) return;
    signal.throwIfAborted();
    await delay(READY_POLL_MS, undefined, { signal });
  }
}

/** One question through GraphQL, as any client asks it. Never throws. */
export async function askHealth({ side, url, token }: SideAddress, signal: AbortSignal): Promise<HealthLook> {
  try {
    const response = await fetch(new URL("/graphql", url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "{ health { ok side backends { reason } } }" }),
      signal,
    });
    const { data, errors } = (await response.json()) as HealthBody;
    if (!data) return { ok: false, settled: true, reason: errors?.[0]?.message ?? `HTTP ${response.status}` };
    if (data.health.side !== side) return { ok: false, settled: true, reason: `the ${data.health.side.toLowerCase()} answers there` };
    const { ok, backends } = data.health;
    const settled = backends.every(({ reason }) => reason !== STILL_TRYING);
    return { ok, settled, reason: ok ? "" : "none of its own backends can answer" };
  } catch (error) {
    return { ok: false, settled: true, reason: messageOf(error instanceof Error && error.cause ? error.cause : error) };
  }
}

interface HealthSeen {
  readonly ok: boolean;
  readonly side: Side;
  readonly backends: readonly { readonly reason: string | null }[];
}

interface HealthBody {
  readonly data?: { readonly health: HealthSeen } | null;
  readonly errors?: readonly { readonly message?: string }[];
}
