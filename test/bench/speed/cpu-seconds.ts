import { readFile } from "node:fs/promises";
import type { NamedProcess } from "./process-memory.ts";

/** Linux counts CPU time in ticks of this length for every program, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;
const LOOK_MS = 50;

/**
 * The CPU time, user and system, that each process took while something went on. Unlike wall time it says who works,
 * and other programs on the machine change it far less.
 * @param watched may grow meanwhile; of one that ends, what was seen last is counted
 */
export async function cpuSecondsDuring<T>(
  watched: readonly NamedProcess[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly seconds: ReadonlyMap<string, number> }> {
  const before = new Map<number, number>();
  const latest = new Map<number, number>();
  const look = async (): Promise<void> => {
    for (const { pid } of watched) {
      const seconds = await cpuSecondsOf(pid);
      if (seconds === null) continue;
      latest.set(pid, seconds);
    }
  };
  await look();
  for (const [pid, seconds] of latest) before.set(pid, seconds);
  const timer = setInterval(() => void look(), LOOK_MS);
  try {
    const result = await work();
    await look();
    const taken = watched.map(({ pid, name }): [string, number] => [
      name,
      (latest.get(pid) ?? 0) - (before.get(pid) ?? 0),
    ]);
    return { result, seconds: new Map(taken) };
  } finally {
    clearInterval(timer);
  }
}

/** From /proc/<pid>/stat, whose second field may hold blanks and brackets; null where the process is gone. */
async function cpuSecondsOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
