import { SAME_KEYPRESS_MS } from "#library/stack/limits.ts";

export interface Interrupt {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly first: Promise<void>;
  /** Resolves when somebody loses patience: at a second one. */
  readonly second: Promise<void>;
  /** Gives the signals back. */
  dispose(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Takes over the signals that end a command, so that it can end in order. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort();
      first.resolve();
    } else if (performance.now() - firstAt > SAME_KEYPRESS_MS) {
      second.resolve();
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    first: first.promise,
    second: second.promise,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
