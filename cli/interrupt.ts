import { SAME_KEYPRESS_MS } from "#library/stack/limits.ts";
import type { Stop } from "#library/stack/stop.ts";

/** `signal` aborts at the first SIGINT, SIGTERM or SIGHUP, `kill` at a second one. */
export interface Interrupt extends Required<Stop> {
  /** Stops listening. */
  dispose(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Handles the signals that end a command, so that it can clean up. */
export function listenForInterrupt(): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first.abort();
    } else if (performance.now() - firstAt > SAME_KEYPRESS_MS) {
      second.abort();
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: first.signal,
    kill: second.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
