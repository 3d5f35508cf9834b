import { DEATHS_TO_STOP, DEATHS_WINDOW_MS } from "./limits.ts";

/**
 * Counts one side's deaths.
 * @returns a function to be told the time of each death, in ms; it answers whether the side may be started again
 */
export function restartPolicy(): (nowMs: number) => boolean {
  let recent: number[] = [];
  return (nowMs) => {
    recent = [...recent.filter((death) => nowMs - death < DEATHS_WINDOW_MS), nowMs];
    return recent.length < DEATHS_TO_STOP;
  };
}
