import { readFileSync } from "node:fs";
import type { Role, StackUnderTest } from "./stack-under-test.ts";

interface Sample {
  readonly at: number;
  readonly mib: number;
}

export interface Growth {
  readonly pid: number;
  readonly role: Role;
  readonly early: number;
  readonly late: number;
}

const EVERY_MS = 1_000;

/** Samples the resident memory of each process until it is stopped. */
export function watchMemory(stack: StackUnderTest) {
  const seen = new Map<number, { readonly role: Role; readonly samples: Sample[] }>();
  const timer = setInterval(() => {
    for (const { pid, role } of stack.processes()) {
      const mib = residentMib(pid);
      if (mib === null) continue;
      const entry = seen.get(pid) ?? { role, samples: [] };
      entry.samples.push({ at: performance.now(), mib });
      seen.set(pid, entry);
    }
  }, EVERY_MS);
  return {
    /** Medians of the window that starts at `from` and of the last one, for the processes that lived through both. */
    stop(from: number, windowMs: number): Growth[] {
      clearInterval(timer);
      const end = performance.now();
      return [...seen].flatMap(([pid, { role, samples }]) => {
        const early = samples.filter(({ at }) => at >= from && at < from + windowMs);
        const late = samples.filter(({ at }) => at >= end - windowMs);
        return early.length > 0 && late.length > 0 ? [{ pid, role, early: median(early), late: median(late) }] : [];
      });
    },
  };
}

function median(samples: readonly Sample[]): number {
  return samples.map(({ mib }) => mib).toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

/** Linux only; null where the process is gone. */
function residentMib(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    return null;
  }
}
