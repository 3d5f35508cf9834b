import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { descendantsOf } from "../../support/processes.ts";

/** In bytes. */
export interface Memory {
  /** Everything resident, pages shared with other processes included. */
  readonly rss: number;
  /** Shared pages counted as this process's share of them; null where the system does not tell. */
  readonly pss: number | null;
}

export interface NamedProcess {
  readonly pid: number;
  readonly name: string;
}

/** A process and all that it has started. */
export function processesOf(pid: number, name: string): NamedProcess[] {
  const started = descendantsOf(pid).map((each) => ({
    pid: each.pid,
    name: `${name}: ${shortName(each.commandLine)}`,
  }));
  return [{ pid, name: `${name}: node` }, ...started];
}

/** @throws Error where the process is gone, or the system is not Linux */
export async function memoryOf(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const pss = kibibytes(rollup, "Pss");
  const rss = kibibytes(rollup, "Rss") ?? kibibytes(await readFile(`/proc/${pid}/status`, "utf8"), "VmRSS");
  if (rss === null) throw new Error(`/proc/${pid} does not say how much memory the process has.`);
  return { rss, pss };
}

/**
 * The most that each process had while something else was going on, looked at every so often.
 * @param watched may grow while it is watched
 */
export async function peaksDuring<T>(
  watched: readonly NamedProcess[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peaks: ReadonlyMap<string, number> }> {
  const peaks = new Map<string, number>();
  const look = async (): Promise<void> => {
    for (const { pid, name } of watched) {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      peaks.set(name, Math.max(peaks.get(name) ?? 0, kibibytes(status, "VmRSS") ?? 0));
    }
  };
  const timer = setInterval(() => void look(), 100);
  try {
    const result = await work();
    return { result, peaks };
  } finally {
    clearInterval(timer);
  }
}

function kibibytes(text: string, field: string): number | null {
  const [, value] = new RegExp(String.raw`^${field}:\s+(\d+) kB`, "m").exec(text) ?? [];
  return value === undefined ? null : Number(value) * 1024;
}

function shortName(commandLine: string): string {
  const [program = "", script = ""] = commandLine.split(" ").map((word) => basename(word));
  return program === "node" ? `node ${script}` : program;
}
