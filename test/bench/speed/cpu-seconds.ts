import { cpuSecondsOf } from "../../support/processes.ts";
import type { NamedProcess } from "./process-memory.ts";

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
  const look = (): void => {
    for (const { pid } of watched) {
      const seconds = cpuSecondsOf(pid);
      if (seconds === null) continue;
      latest.set(pid, seconds);
    }
  };
  look();
  for (const [pid, seconds] of latest) before.set(pid, seconds);
  const timer = setInterval(look, LOOK_MS);
  try {
    const result = await work();
    look();
    const taken = watched.map(({ pid, name }): [string, number] => [
      name,
      (latest.get(pid) ?? 0) - (before.get(pid) ?? 0),
    ]);
    return { result, seconds: new Map(taken) };
  } finally {
    clearInterval(timer);
  }
}
