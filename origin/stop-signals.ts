import process from "node:process";
import { log } from "./log.ts";
import type { Origin } from "./origin.ts";

/** A Ctrl-C reaches this process from the terminal and again through npm. A signal this soon after the first is the same one. */
const SAME_SIGNAL_MS = 500;

/**
 * The first SIGINT or SIGTERM lets requests in flight finish and then ends the process; a second one ends it at once.
 * @param closeServer takes no new request and resolves when every connection is closed, at the latest after STOP_GRACE_MS
 */
export function stopOnSignals(origin: Origin, closeServer: () => Promise<void>): void {
  let firstAt: number | undefined;
  const stop = async (signal: string): Promise<void> => {
    if (firstAt !== undefined) return performance.now() - firstAt < SAME_SIGNAL_MS ? undefined : process.exit(1);
    firstAt = performance.now();
    log(`${signal}: finishing the requests in flight`);
    origin.drain();
    await closeServer();
    await origin.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(signal));
}
