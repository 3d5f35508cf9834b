import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { watch } from "chokidar";
import { ROOT, scriptPath, scriptUrl } from "./installation.ts";

/*
 * Runs a script of isobit and starts it again when a source changes, for `npm run dev`:
 * `node restart-on-change.ts edge/serve --assets <folder>`. Node's own --watch loses a file that is replaced by rename,
 * as git and sed -i replace files.
 */

const [script = "", ...args] = process.argv.slice(2);
/** Both sides run what is in the first five; the last is the script's own side. */
const FOLDERS = ["core", "node", "schema", "models", "images", script.slice(0, script.indexOf("/"))];
const SOURCES = /\.(ts|json|onnx|png)$/;
/** One git checkout changes many files. */
const SETTLE_MS = 100;
/** From SIGTERM to SIGKILL; an origin finishes the requests that it has. */
const STOP_GRACE_MS = 9_000;

let child: ChildProcess | undefined;
let stopping = false;
let change = Promise.withResolvers<void>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopping = true;
    if (child) child.kill(signal);
    else process.exit(0);
  });
}

const watcher = watch(
  FOLDERS.map((folder) => join(ROOT, folder)),
  { ignoreInitial: true, ignored: (path, stats) => stats?.isFile() === true && !SOURCES.test(path) },
);
let settled: NodeJS.Timeout | undefined;
for (const event of ["add", "change", "unlink"] as const) {
  watcher.on(event, () => {
    clearTimeout(settled);
    settled = setTimeout(() => change.resolve(), SETTLE_MS);
  });
}
await once(watcher, "ready");

for (let starts = 1; ; starts++) {
  change = Promise.withResolvers();
  const end = await untilChangeOrEnd();
  if (end === null) {
    console.log("A source changed; starting again.");
  } else if (stopping || starts === 1) {
    process.exit(end);
  } else {
    // Not ended, because a supervisor would restart it a few times and then give up.
    console.error(`${script} ended with exit code ${end}; it starts again when a source changes.`);
    await change.promise;
  }
}

/** Runs the script. @returns its exit code; null where it was stopped because of a change */
async function untilChangeOrEnd(): Promise<number | null> {
  child = spawn(process.execPath, ["--import", scriptUrl("node/end-with-parent"), scriptPath(script), ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const running = child;
  const ended = once(running, "exit").then(([code]) => (code as number | null) ?? 1);
  try {
    const first = await Promise.race([ended, change.promise.then(() => null)]);
    if (first !== null) return first;
    running.kill("SIGTERM");
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_GRACE_MS);
    const code = await ended.finally(() => clearTimeout(timer));
    return stopping ? code : null;
  } finally {
    child = undefined;
  }
}
