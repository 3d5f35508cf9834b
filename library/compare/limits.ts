/** One request to a runner: the first on a software GPU compiles its shaders. */
export const RUNNER_TIMEOUT_MS = 600_000;
/** From the start of a runner's process to its first answer. */
export const RUNNER_START_TIMEOUT_MS = 60_000;
/** Bits of answers that a report holds before it keeps only their hashes. */
export const MAX_REPORTED_BITS_BYTES = 16 * 1024 * 1024;
/** Time for one pair's trace: nodes not analysed by then have a note. */
export const TRACE_TIME_MS = 300_000;
