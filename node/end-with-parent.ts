/*
 * Loaded into a process before its own code (node --import), so that it ends when the process that started it ends, even by
 * SIGKILL; otherwise it would keep running unseen and hold its ports.
 */
const SHELL_POLL_MS = 250;

const end = (): boolean => process.kill(process.pid, "SIGTERM");

if (process.channel) {
  // The channel to the command closes when the command ends.
  process.once("disconnect", end);
  // Listening alone must not keep a process alive that has nothing left to do.
  process.channel.unref();
} else if (process.env["npm_lifecycle_event"] !== undefined) {
  // npm and npx run a command in a shell, which a SIGTERM to npm ends without reaching the command.
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    end();
  }, SHELL_POLL_MS);
  watch.unref();
}
