import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ROOT } from "#node/installation.ts";
import { KEPT_ERROR_LINES, LAST_WORDS_MS, STOP_GRACE_MS } from "./limits.ts";

/** One process to run from isobit's own folder. */
export interface ChildCommand {
  /** What people know it by: "edge", "origin", … */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From SIGTERM to SIGKILL; default: STOP_GRACE_MS. */
  readonly stopGraceMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set where the process could not even be started. */
  readonly error: string | null;
}

export interface Child {
  readonly pid: number | undefined;
  readonly exit: Promise<Exit>;
  /** The last lines it wrote to stderr. */
  errorLines(): readonly string[];
  /** SIGTERM, then SIGKILL for what has not ended in time. Resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL, for it and every process that it started. */
  kill(): void;
}

/**
 * Starts a process as the leader of its own process group. So a Ctrl-C in the terminal reaches only this one, which
 * then ends the others in order, and what a killed child had started can be ended with it.
 */
export function launch(
  { name, file, args, env, stopGraceMs = STOP_GRACE_MS }: ChildCommand,
  onLine: (line: string) => void,
): Child {
  // The channel carries nothing: it closes when this process ends, for any reason (see end-with-parent.ts).
  const child = spawn(file, args, { cwd: ROOT, env, detached: true, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const errors: string[] = [];
  eachLine(child.stdout, onLine);
  eachLine(child.stderr, (line) => {
    errors.push(line);
    if (errors.length > KEPT_ERROR_LINES) errors.shift();
    onLine(line);
  });
  const exit = exitOf(child, name);
  const kill = (): void => {
    if (child.exitCode === null && child.signalCode === null) killGroup(child);
  };
  return {
    pid: child.pid,
    exit,
    errorLines: () => errors,
    kill,
    async stop() {
      child.kill("SIGTERM");
      const impatience = setTimeout(kill, stopGraceMs);
      await exit;
      clearTimeout(impatience);
    },
  };
}

/** "exited with code 3", "was ended by SIGKILL": to follow a name. */
export function describeExit({ code, signal, error }: Exit): string {
  if (error !== null) return `could not be started (${error})`;
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}

/** Waits for the streams' end too, so that the last words of a dying process are kept. */
function exitOf(child: ChildProcess, name: string): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error: `${name}: ${error.message}` });
    });
    child.once("exit", (code, signal) => {
      // Ends its child processes too: they may hold the port, and they keep the streams open.
      killGroup(child);
      const tell = (): void => resolve({ code, signal, error: null });
      // One that left the group may keep the streams open for ever.
      const impatience = setTimeout(tell, LAST_WORDS_MS);
      child.once("close", () => {
        clearTimeout(impatience);
        tell();
      });
    });
  });
}

function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream, crlfDelay: Infinity }).on("line", onLine);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // ESRCH: no process of the group is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
