/*
 * Loaded into the watched origin before its own code. By this variable Node's watcher has a process, and all that it
 * starts, report over their channels what they load; the origin speaks with its GPU processes over those same channels.
 * The folders to watch are named on the command line, so nothing needs to be reported.
 */
delete process.env["WATCH_REPORT_DEPENDENCIES"];
