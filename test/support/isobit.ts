import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { withoutOwnVariables } from "./own-variables.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export interface RunningCommand {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when the text stands on either stream. @throws Error where the command ends without it */
  says(text: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Resolves at its end. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The checkout whose command runs; default: this one. */
  readonly root?: string;
}

/** The `isobit` command itself, in a process of its own, its streams piped. */
export function startIsobit(
  args: readonly string[],
  { env = {}, root = ROOT, cwd = root }: CommandOptions = {},
): RunningCommand {
  const { NO_COLOR: _off, FORCE_COLOR: _on, ...clean } = withoutOwnVariables(process.env);
  const child = spawn(process.execPath, [join(root, "cli", "main.ts"), ...args], {
    cwd,
    env: { ...clean, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return observe(child);
}

/** Runs it to its end. */
export function isobit(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startIsobit(args, options).ended;
}

/** Any command whose streams are pipes. */
export function observe(child: ChildProcess): RunningCommand {
  let stdout = "";
  let stderr = "";
  let over = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]): Ended => {
    over = true;
    return { code: code as number | null, stdout, stderr };
  });
  const said = (text: string | RegExp): boolean => {
    const all = `${stdout}\n${stderr}`;
    return typeof text === "string" ? all.includes(text) : text.test(all);
  };
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (name) => void child.kill(name),
    ended,
    async says(text) {
      while (!said(text)) {
        if (over) throw new Error(`it ended without saying ${text}:\n${stdout}\n${stderr}`);
        await delay(20);
      }
    },
  };
}
