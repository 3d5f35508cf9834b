/** Every number that bounds what a command waits for, its unit in its name. */

/** From the start of a side to its first health: a fresh machine compiles the WASM and probes a software GPU first. */
export const READY_TIMEOUT_MS = 120_000;
/** Between two looks at a side that is starting. */
export const READY_POLL_MS = 100;
/** One look. Longer than the edge waits for the origin's statuses. */
export const HEALTH_TIMEOUT_MS = 10_000;
/** Finding out whether a stack runs at the default address. */
export const FIND_TIMEOUT_MS = 5_000;
/** One request to a stack; a trace of a large model takes its time. */
export const ANSWER_TIMEOUT_MS = 300_000;

/** From SIGTERM to SIGKILL, unless a side's own settings let it take longer. */
export const STOP_GRACE_MS = 10_000;
/** For an origin: beyond what it may drain and wait. */
export const STOP_MARGIN_MS = 3_000;
/** From a process's end to the end of what it wrote. */
export const LAST_WORDS_MS = 1_000;
/** npm passes the terminal's SIGINT on, so one Ctrl-C arrives twice; what comes later is a second one. */
export const SAME_KEYPRESS_MS = 300;

/** How often a running side is asked whether it is alive. */
export const LIVENESS_POLL_MS = 5_000;
/** A side that has not responded for so long is restarted. Liveness needs no inference, so only a side that hangs is silent. */
export const HUNG_AFTER_MS = 15_000;
/** Lines of stderr kept of each process, to say why it ended. */
export const KEPT_ERROR_LINES = 20;

/** The largest that GraphQL's Int carries. */
export const MAX_INT = 2 ** 31 - 1;
