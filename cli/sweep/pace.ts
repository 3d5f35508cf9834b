import { showProgress } from "../progress.ts";

/** A bar with rate and time left. @param already done when the clock starts */
export function showPace(already: number, total: number): { at(done: number): void; stop(): void } {
  const progress = showProgress(total);
  // Nobody reads it elsewhere, and numbers for people take time to make.
  if (!process.stderr.isTTY) return { at: () => {}, stop: () => progress.stop() };
  const started = performance.now();
  const at = (done: number): void =>
    progress.at(done, paceText({ done, already, total, elapsedMs: performance.now() - started }));
  at(already);
  return { at, stop: () => progress.stop() };
}

interface Pace {
  readonly done: number;
  /** Of those, before the clock started. */
  readonly already: number;
  readonly total: number;
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
