import { DEATHS_TO_STOP, DEATHS_WINDOW_MS } from "./limits.ts";

/**
 * Counts one side's deaths.
 * @returns a function that takes the time of each exit, in ms, and returns whether the side may be restarted
 */
export function restartPolicy(): (nowMs: number) => boolean {
  let recent: number[] = [];
  return (nowMs) => {
    recent = [...recent.filter((death) => nowMs - death < DEATHS_WINDOW_MS), nowMs];
    return recent.length < DEATHS_TO_STOP;
  };
}
