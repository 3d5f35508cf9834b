import { rm } from "node:fs/promises";
import type { Side } from "#core/backends.ts";
import type { ChildCommand } from "./launch.ts";
import { READY_TIMEOUT_MS } from "./limits.ts";
import { waitUntilReady } from "./ready.ts";
import { requireWorkerd } from "./require-workerd.ts";
import type { SideCommands } from "./side-commands.ts";
import type { StackSettings } from "./stack-settings.ts";
import { type Stop, untilAborted } from "./stop.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export interface StackOutput {
  /** A line that a side wrote. */
  sideLine(side: string, line: string): void;
  /** What happens to the sides, in a sentence. */
  event(sentence: string): void;
}

/**
 * Starts both sides, does the work once both answer, and stops both in every case.
 * @throws IsobitError where a side cannot start or is given up; ABORTED where the caller ended the wait or work
 */
export async function withStack<Result>(
  stack: {
    readonly settings: StackSettings;
    readonly commands: SideCommands;
    readonly output: StackOutput;
    readonly stop: Stop;
  },
  work: () => Promise<Result>,
): Promise<Result> {
  const { settings, commands, output, stop } = stack;
  requireWorkerd();
  const sides = [
    startSide("ORIGIN", settings.originUrl, commands.origin, settings, output),
    startSide("EDGE", settings.edgeUrl, commands.edge, settings, output),
  ];
  stop.kill?.addEventListener("abort", () => sides.forEach((side) => side.kill()));
  try {
    // Each of these settles first only by failing: `ended` resolves at the stop, which comes last.
    const failures = [...sides.map((side) => side.ended.then(never)), untilAborted(stop.signal)];
    await Promise.race([...failures, Promise.all(sides.map((side) => side.ready))]);
    return await Promise.race([...failures, work()]);
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
    await rm(settings.assetsFolder, { recursive: true, force: true });
  }
}

function startSide(
  side: Side,
  url: string,
  command: ChildCommand,
  { token }: StackSettings,
  output: StackOutput,
): Supervised {
  return supervise(command, {
    untilReady: (signal) => waitUntilReady({ side, url, token }, signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
    // The edge watches its workerd itself.
    ...(side === "ORIGIN" && { isAlive: (signal) => requestLive(url, signal) }),
    onLine: (line) => output.sideLine(command.name, line),
    onEvent: (sentence) => output.event(sentence),
    now: () => performance.now(),
  });
}

async function requestLive(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(new URL("/health/live", url), { signal });
  await response.arrayBuffer();
}

function never(): Promise<never> {
  return new Promise(() => {});
}
