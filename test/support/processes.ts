import { readdirSync, readFileSync } from "node:fs";

/** Whether a process runs. One that has ended but that nobody has asked after yet (a zombie) does not. */
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

/** From /proc/<pid>/stat, whose second field may itself hold blanks and brackets; undefined where it is gone or no Linux. */
function statusOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: state ?? "", parent: Number(parent) };
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
