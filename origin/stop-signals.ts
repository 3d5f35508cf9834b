import process from "node:process";
import { log } from "./log.ts";

/** A Ctrl-C reaches this process from the terminal and again through npm. A signal this soon after the first is the same one. */
const SAME_SIGNAL_MS = 500;

/**
 * The first SIGINT or SIGTERM ends the process in order, a second one at once. Every end goes through process.exit, so
 * that the processes that hold sessions end too, even inside native code.
 * @param stop resolves when the process may end
 */
export function stopOnSignals(stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const onSignal = async (signal: string): Promise<void> => {
    if (firstAt !== undefined) return performance.now() - firstAt < SAME_SIGNAL_MS ? undefined : process.exit(1);
    firstAt = performance.now();
    log(`${signal}: finishing the requests in flight`);
    await stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void onSignal(signal));
}
