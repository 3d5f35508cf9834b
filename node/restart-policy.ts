/** A process's deaths within the window after which it is not restarted. */
export const DEATHS_TO_STOP = 4;
const DEATHS_WINDOW_MS = 60_000;

/**
 * Counts one process's deaths.
 * @returns a function that takes the time of each exit, in ms, and returns whether the process may be restarted
 */
export function restartPolicy(): (nowMs: number) => boolean {
  let recent: number[] = [];
  return (nowMs) => {
    recent = [...recent.filter((death) => nowMs - death < DEATHS_WINDOW_MS), nowMs];
    return recent.length < DEATHS_TO_STOP;
  };
}
