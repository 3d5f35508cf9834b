import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import { type Role, ROLES, type StackUnderTest } from "./stack-under-test.ts";

export interface Disturbance {
  readonly role: Role;
  readonly what: "killed" | "stopped";
  readonly from: number;
  to: number;
}

/** The supervisors give up after four crashes within a minute, which kills at this distance do not reach. */
const PAUSE_MS = { from: 12_000, to: 18_000 };
const STOPPED_MS = { from: 500, to: 8_000 };

/** Kills, stops and continues processes of the stack until the moment given, each by its own pid. */
export async function disturb(
  stack: StackUnderTest,
  random: Random,
  until: number,
  pause: { readonly from: number; readonly to: number } = PAUSE_MS,
): Promise<Disturbance[]> {
  const done: Disturbance[] = [];
  for (;;) {
    await delay(random.int(pause.from, pause.to));
    const role = random.pick(ROLES);
    const kills = random.int(0, 1) === 0;
    const stoppedMs = random.int(STOPPED_MS.from, STOPPED_MS.to);
    if (performance.now() > until) return done;
    const target = stack.processes().find((each) => each.role === role);
    if (!target) continue;
    const disturbance: Disturbance = { role, what: kills ? "killed" : "stopped", from: performance.now(), to: 0 };
    done.push(disturbance);
    if (kills) signal(target.pid, "SIGKILL");
    else {
      signal(target.pid, "SIGSTOP");
      try {
        await delay(stoppedMs);
      } finally {
        signal(target.pid, "SIGCONT");
      }
    }
    disturbance.to = performance.now();
  }
}

/** A process that has ended in the meantime is left alone. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
