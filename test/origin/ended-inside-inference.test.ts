import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAlive } from "../support/processes.ts";

const SCRIPT = join(import.meta.dirname, "ended-process.ts");
/** How the process ends, and its exit code then. */
const ENDS = [
  ["close", 0],
  ["exit", 3],
  ["throw", 1],
] as const;
/** END_TRIALS=200 repeats them, for a busy machine. */
const TRIALS = Math.max(Number(process.env["END_TRIALS"] ?? 0), ENDS.length);

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(end: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, end], (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}

it.each(Array.from({ length: TRIALS }, (_, trial) => [trial + 1, ...ENDS[trial % ENDS.length]!] as const))(
  "inside an inference (trial %i), %s ends the process with %i, and every process that it started",
  async (_trial, end, expected) => {
    const { code, signal, stdout, stderr } = await run(end);
    expect({ code, signal }, stderr).toEqual({ code: expected, signal: null });
    const [, started] = /^inside([ \d]*)\n/.exec(stdout) ?? [];
    const left = (started ?? "").split(" ").filter(Boolean).map(Number);
    await expect.poll(() => left.filter(isAlive)).toEqual([]);
  },
);
