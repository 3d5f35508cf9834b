import { setTimeout as delay } from "node:timers/promises";
import { messageOf, IsobitError } from "#core/errors.ts";
import { HUNG_AFTER_MS, LIVENESS_POLL_MS } from "./limits.ts";
import { describeExit, launch, type Child, type ChildCommand } from "./launch.ts";
import { DEATHS_TO_STOP, restartPolicy } from "#node/restart-policy.ts";

export interface SupervisorOptions {
  /** Resolves once the side answers. When the signal aborts it throws, and says why the side did not. */
  untilReady(signal: AbortSignal): Promise<void>;
  /** How long a side may take to its first answer. */
  readonly readyTimeoutMs: number;
  /** Rejects if the side does not respond until the signal aborts. Default: it is not watched. */
  readonly isAlive?: (signal: AbortSignal) => Promise<void>;
  readonly livenessPollMs?: number;
  readonly hungAfterMs?: number;
  /** A line that the side wrote. */
  onLine(line: string): void;
  /** What happens to the side, in a sentence. */
  onEvent(sentence: string): void;
  /** Milliseconds, monotonic. */
  now(): number;
}

/** A side that is restarted when it ends, and given up when it ends too often or could never start. */
export interface Supervised {
  readonly name: string;
  /** Resolves when the side first answers. @throws IsobitError where it ended before, or never answers */
  readonly ready: Promise<void>;
  /** Resolves when the side was stopped. @throws IsobitError when it is given up */
  readonly ended: Promise<void>;
  /** Of the process that runs now. */
  pid(): number | undefined;
  stop(): Promise<void>;
  kill(): void;
}

export function supervise(command: ChildCommand, options: SupervisorOptions): Supervised {
  const { onLine, onEvent, now } = options;
  const stopping = new AbortController();
  const mayRestart = restartPolicy();
  let child = launch(command, onLine);

  const ready = firstReady(command, child, options, stopping.signal);
  const ended = keepAlive();
  // A caller that waits for one of the two hears of it; the other must not count as unhandled.
  for (const promise of [ready, ended]) promise.catch(() => {});

  async function keepAlive(): Promise<void> {
    await ready.catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
    for (;;) {
      const childEnded = new AbortController();
      void endIfHung(child, AbortSignal.any([childEnded.signal, stopping.signal]));
      const exit = await child.exit;
      childEnded.abort();
      if (stopping.signal.aborted) return;
      const died = `The ${command.name} ${describeExit(exit)}${lastWords(child)}`;
      if (!mayRestart(now())) {
        throw new IsobitError(
          "STACK_FAILED",
          `${died}\nThe ${command.name} ended ${DEATHS_TO_STOP} times within a minute; the stack stops.`,
        );
      }
      onEvent(`${died}\nStarting it again.`);
      child = launch(command, onLine);
      void announceReturn(child);
    }
  }

  /** Kills a process that runs but no longer responds: stopped, or in a loop. */
  async function endIfHung(watched: Child, signal: AbortSignal): Promise<void> {
    const { isAlive, livenessPollMs = LIVENESS_POLL_MS, hungAfterMs = HUNG_AFTER_MS } = options;
    if (!isAlive) return;
    try {
      for (;;) {
        await delay(livenessPollMs, undefined, { signal });
        await isAlive(AbortSignal.any([signal, AbortSignal.timeout(hungAfterMs)])).catch((error: unknown) => {
          // A refused connection ends with the process, which is watched already.
          if (error instanceof Error && error.name === "TimeoutError" && !signal.aborted) {
            onEvent(`The ${command.name} has not responded for ${hungAfterMs / 1000} s.`);
            watched.kill();
          }
        });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async function announceReturn(restarted: Child): Promise<void> {
    const { kind } = await answers(restarted, options, stopping.signal);
    if (kind === "answers") onEvent(`The ${command.name} answers again.`);
  }

  return {
    name: command.name,
    ready,
    ended,
    pid: () => child.pid,
    kill: () => (stopping.abort(), child.kill()),
    async stop() {
      stopping.abort();
      await child.stop();
    },
  };
}

/** A side that ends before it ever answered would end the same way again: wrong model, wrong setting. */
async function firstReady(
  { name }: ChildCommand,
  child: Child,
  options: SupervisorOptions,
  stopping: AbortSignal,
): Promise<void> {
  const outcome = await answers(child, options, stopping);
  switch (outcome.kind) {
    case "answers":
      return;
    case "stopped":
      throw new IsobitError("ABORTED", `The ${name} was stopped before it was ready.`);
    case "ended":
      throw new IsobitError(
        "STACK_FAILED",
        `The ${name} cannot start: it ${describeExit(await child.exit)}${lastWords(child)}`,
      );
    case "silent": {
      child.kill();
      await child.exit;
      const limit = `${options.readyTimeoutMs / 1000} s`;
      throw new IsobitError(
        "STACK_FAILED",
        `The ${name} was not ready within ${limit} (${outcome.why})${lastWords(child)}`,
      );
    }
  }
}

type Outcome = { readonly kind: "answers" | "ended" | "stopped" } | { readonly kind: "silent"; readonly why: string };

async function answers(child: Child, options: SupervisorOptions, stopping: AbortSignal): Promise<Outcome> {
  const gone = new AbortController();
  void child.exit.then(() => gone.abort());
  const timeout = AbortSignal.timeout(options.readyTimeoutMs);
  try {
    await options.untilReady(AbortSignal.any([stopping, gone.signal, timeout]));
    return { kind: "answers" };
  } catch (error) {
    if (stopping.aborted) return { kind: "stopped" };
    if (gone.signal.aborted) return { kind: "ended" };
    if (timeout.aborted) return { kind: "silent", why: messageOf(error) };
    throw error;
  }
}

/** What it wrote to stderr at the end, indented, or a full stop. */
function lastWords(child: Child): string {
  const lines = child.errorLines().filter((line) => line.trim() !== "");
  return lines.length === 0 ? "." : [":", ...lines].join("\n  ");
}
