import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Whether a process runs. One that has ended but that its parent has not waited for (a zombie) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return statusOf(pid)?.state !== "Z";
}

export interface SeenProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** The processes that one has started, and those that these have started, and so on. Linux only. */
export function descendantsOf(ancestor: number): SeenProcess[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parents = new Map(all.map((pid) => [pid, statusOf(pid)?.parent]));
  const found: number[] = [ancestor];
  for (const pid of found) {
    found.push(...all.filter((child) => parents.get(child) === pid && !found.includes(child)));
  }
  return found.slice(1).map((pid) => ({ pid, commandLine: commandLineOf(pid) }));
}

/** Linux counts CPU time in ticks of this length for every program. */
const TICKS_PER_SECOND = 100;

/** User and system time, all threads together; null where the process is gone, or this is not Linux. */
export function cpuSecondsOf(pid: number): number | null {
  return statusOf(pid)?.cpuSeconds ?? null;
}

/** More CPU time than anything but an inference takes in these tests. */
const BUSY_SECONDS = 0.3;

/** Waits until processes that were asked for a long inference are inside it. */
export async function untilBusy(pids: readonly number[]): Promise<void> {
  const spent = (): number => pids.reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? 0), 0);
  const before = spent();
  while (spent() - before < BUSY_SECONDS) await delay(5);
}

/** From /proc/<pid>/stat, whose second field may itself hold blanks and brackets; undefined where it is gone, or this is not Linux. */
function statusOf(
  pid: number,
): { readonly state: string; readonly parent: number; readonly cpuSeconds: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { state: fields[0] ?? "", parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
