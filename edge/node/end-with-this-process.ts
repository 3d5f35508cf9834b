import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Ends a child when this process ends by SIGKILL, after which none of its own code runs: a shell waits for the end of a pipe
 * that this process holds. Otherwise workerd would keep its port, and the edge could not be started again. Not on Windows,
 * which does not have `sh`.
 */
export function endWithThisProcess(child: ChildProcess): void {
  if (process.platform === "win32" || child.pid === undefined) return;
  const watcher = spawn("sh", ["-c", 'read _; kill -9 "$0" 2>/dev/null', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a group of its own, which Ctrl-C does not end before workerd.
    detached: true,
  });
  watcher.on("error", () => {});
  watcher.unref();
  (watcher.stdin as Socket).unref();
  // The child's own end leaves nothing to end.
  child.once("exit", () => watcher.kill("SIGKILL"));
}
