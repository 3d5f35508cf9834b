import { Worker } from "node:worker_threads";

const POLL_MS = 1_000;

/**
 * Ends this process once its parent has been killed, even if it is inside native code: a thread of its own watches, because
 * the main thread hears nothing until that code returns.
 */
export function endWithoutParent(): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && process.kill(process.pid, "SIGKILL"), ${POLL_MS});`;
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();
}
