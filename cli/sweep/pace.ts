import type { SweepProgress } from "#library/sweep/sweep-on-stack.ts";
import { showProgress } from "../progress.ts";

/** A progress bar with rate and remaining time, measured from the first call of `at`. */
export function paceOnTerminal(): { at(progress: SweepProgress): void; stop(): void } {
  // Formatting takes time, and only a terminal shows it.
  if (!process.stderr.isTTY) return { at: () => {}, stop: () => {} };
  let bar: ReturnType<typeof showProgress> | undefined;
  let started = 0;
  return {
    at: ({ done, already, total }) => {
      if (bar === undefined) [bar, started] = [showProgress(total), performance.now()];
      bar.at(done, paceText({ done, already, total, elapsedMs: performance.now() - started }));
    },
    stop: () => bar?.stop(),
  };
}

interface Pace extends SweepProgress {
  readonly elapsedMs: number;
}

function paceText({ done, already, total, elapsedMs }: Pace): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? (done - already) / seconds : 0;
  if (rate === 0) return "images";
  return `images, ${Math.round(rate).toLocaleString("en-US")}/s, ${duration((total - done) / rate)} left`;
}

/** "7 s", "3 min 20 s", "2 h 05 min". */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
