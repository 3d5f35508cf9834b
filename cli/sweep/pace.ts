/** Rate and time left, for the progress bar. */
export interface Pace {
  text(done: number, total: number): string;
}

/** @param already done when the clock starts @param now in milliseconds */
export function paceOf(already: number, now: () => number): Pace {
  const started = now();
  return {
    text(done, total) {
      const seconds = (now() - started) / 1000;
      const rate = seconds > 0 ? (done - already) / seconds : 0;
      if (rate === 0) return "images";
      return `images, ${Math.round(rate).toLocaleString("en-US")}/s, ${duration((total - done) / rate)} left`;
    },
  };
}

/** "7 s", "3 min 20 s", "2 h 05 min". */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
