import { setTimeout as delay } from "node:timers/promises";
import type { BackendId, Side } from "#core/backends.ts";
import { STILL_TRYING } from "#core/backends/backend.ts";
import { messageOf } from "#core/errors.ts";
import { HEALTH_TIMEOUT_MS, READY_POLL_MS } from "./limits.ts";

export interface SideAddress {
  readonly side: Side;
  readonly url: string;
  readonly token: string;
}

/**
 * Asks until the side reports that one of its own backends can answer and that no other is still being tried, so that the
 * first request finds all that there is.
 * @throws Error with what stood in the way at last, when the signal ends the waiting
 */
export async function waitUntilReady(address: SideAddress, signal: AbortSignal): Promise<void> {
  for (;;) {
    const obstacle = await askHealth(address, AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]));
    if (obstacle === null) return;
    await delay(READY_POLL_MS, undefined, { signal }).catch((error: unknown) => {
      throw new Error(obstacle, { cause: error });
    });
  }
}

/** One request through GraphQL, as any client asks it. @returns why the side is not ready; null: it is */
async function askHealth({ side, url, token }: SideAddress, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(new URL("/graphql", url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: "{ health { ok side backends { backend reason } } }" }),
      signal,
    });
    const { data, errors } = (await response.json()) as HealthBody;
    if (!data) return errors?.[0]?.message ?? `it answers HTTP ${response.status}`;
    if (data.health.side !== side) return `the ${data.health.side.toLowerCase()} answers there`;
    if (!data.health.ok) return "none of its own backends can answer";
    const tried = data.health.backends.find(({ reason }) => reason === STILL_TRYING);
    return tried ? `${tried.backend} is still being tried` : null;
  } catch (error) {
    return messageOf(error instanceof Error && error.cause ? error.cause : error);
  }
}

interface HealthSeen {
  readonly ok: boolean;
  readonly side: Side;
  readonly backends: readonly { readonly backend: BackendId; readonly reason: string | null }[];
}

interface HealthBody {
  readonly data?: { readonly health: HealthSeen } | null;
  readonly errors?: readonly { readonly message?: string }[];
}
