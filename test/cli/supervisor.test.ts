import { setTimeout as delay } from "node:timers/promises";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { supervise, type Supervised, type SupervisorOptions } from "#library/stack/supervisor.ts";
import { isAlive } from "../support/processes.ts";

/* Small real processes stand for the sides; being ready is having written "ready". */

interface Watched extends Supervised {
  readonly lines: string[];
  readonly events: string[];
}

let folder: string;
let running: Watched | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-supervisor-"));
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(folder, { recursive: true });
});

function superviseScript(script: string, options: Partial<SupervisorOptions> = {}): Watched {
  const lines: string[] = [];
  const events: string[] = [];
  let seen = 0;
  const side = supervise(
    { name: "side", file: process.execPath, args: ["-e", script], env: { ...process.env, FOLDER: folder } },
    {
      untilReady: async (signal) => {
        while (lines.filter((line) => line === "ready").length <= seen) await delay(10, undefined, { signal });
        seen += 1;
      },
      readyTimeoutMs: 60_000,
      onLine: (line) => lines.push(line),
      onEvent: (sentence) => events.push(sentence),
      now: () => performance.now(),
      ...options,
    },
  );
  running = { ...side, lines, events };
  return running;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

const UNWATCHED = { readyTimeoutMs: 60_000, onLine() {}, onEvent() {}, now: () => 0 };
const SERVE = `console.log("ready"); setInterval(() => {}, 1000);`;

test("a side that answers is ready, and stops on request", async () => {
  const side = superviseScript(SERVE);
  await side.ready;
  const pid = side.pid()!;
  expect(isAlive(pid)).toBe(true);
  await side.stop();
  await side.ended;
  expect(isAlive(pid)).toBe(false);
  expect(side.events).toEqual([]);
});

test("a side that ends before it answers is not tried again, and its own error is shown", async () => {
  const side = superviseScript(`console.error("MODEL is not a file."); process.exitCode = 7;`);
  const failure = {
    code: "STACK_FAILED",
    message: "The side cannot start: it exited with code 7:\n  MODEL is not a file.",
  };
  await expect(side.ready).rejects.toMatchObject(failure);
  await expect(side.ended).rejects.toMatchObject(failure);
  expect(side.lines).toEqual(["MODEL is not a file."]);
  expect(side.events).toEqual([]);
});

test("a side that ends with 0 before it answers counts as not started", async () => {
  const side = superviseScript(`console.log("bye");`);
  await expect(side.ready).rejects.toThrow("The side cannot start: it exited with code 0.");
});

test("a program that cannot be run is reported", async () => {
  const side = supervise(
    { name: "side", file: join(folder, "missing"), args: [], env: {} },
    { untilReady: (signal) => delay(60_000, undefined, { signal }), ...UNWATCHED },
  );
  await expect(side.ready).rejects.toThrow(/The side cannot start: it could not be started \(.*ENOENT/);
});

test("a side that runs but never answers is ended, with the reason", async () => {
  const side = supervise(
    { name: "side", file: process.execPath, args: ["-e", SERVE], env: process.env },
    {
      ...UNWATCHED,
      readyTimeoutMs: 300,
      untilReady: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("no answer")))),
    },
  );
  await expect(side.ready).rejects.toMatchObject({
    code: "STACK_FAILED",
    message: "The side was not ready within 0.3 s (no answer).",
  });
  expect(isAlive(side.pid()!)).toBe(false);
});

test("a side that crashes is restarted, and its error is shown", async () => {
  const side = superviseScript(`console.error("out of memory, or so"); ${SERVE}`);
  await side.ready;
  const first = side.pid()!;
  process.kill(first, "SIGKILL");
  await until(() => side.events.length === 2);
  expect(side.events).toEqual([
    "The side was ended by SIGKILL:\n  out of memory, or so\nStarting it again.",
    "The side answers again.",
  ]);
  expect(side.pid()).not.toBe(first);
  expect(isAlive(side.pid()!)).toBe(true);
});

test("the fourth crash within a minute stops the restarts", async () => {
  const side = superviseScript(SERVE);
  await side.ready;
  for (let death = 1; death <= 4; death += 1) {
    await until(() => side.lines.filter((line) => line === "ready").length === death);
    process.kill(side.pid()!, "SIGKILL");
  }
  await expect(side.ended).rejects.toMatchObject({
    code: "STACK_FAILED",
    message: expect.stringContaining("ended 4 times within a minute"),
  });
  expect(side.events.filter((event) => event.endsWith("Starting it again."))).toHaveLength(3);
});

test("what a killed side had started ends with it, so that it cannot hold the port", async () => {
  const nested = `const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    require("node:fs").writeFileSync(process.env.FOLDER + "/pid", String(child.pid));
    ${SERVE}`;
  const side = superviseScript(nested);
  await side.ready;
  const grandchild = Number(await readFile(join(folder, "pid"), "utf8"));
  expect(isAlive(grandchild)).toBe(true);
  process.kill(side.pid()!, "SIGKILL");
  await until(() => side.events.length > 0);
  await until(() => !isAlive(grandchild));
});

test("stopping while it starts ends the process and counts as no failure", async () => {
  const side = superviseScript(`console.log("slow"); setInterval(() => {}, 1000);`);
  await until(() => side.lines.includes("slow"));
  const pid = side.pid()!;
  await side.stop();
  await side.ended;
  await expect(side.ready).rejects.toMatchObject({ code: "ABORTED" });
  expect(isAlive(pid)).toBe(false);
});

test("kill ends even a side that ignores SIGTERM", async () => {
  const side = superviseScript(`process.on("SIGTERM", () => console.log("not now")); ${SERVE}`);
  await side.ready;
  const stopped = side.stop();
  await until(() => side.lines.includes("not now"));
  side.kill();
  await stopped;
  await side.ended;
  expect(isAlive(side.pid()!)).toBe(false);
});

test("a side does not outlive a supervisor that was killed", async () => {
  const main = `import { supervise } from "#library/stack/supervisor.ts";
    import { nodeCommand } from "#library/stack/side-commands.ts";
    const side = supervise(nodeCommand("side", ["-e", ${JSON.stringify(SERVE)}], process.env), {
      untilReady: () => new Promise(() => {}), readyTimeoutMs: 60_000, onLine: (line) => console.log(line, side.pid()), onEvent() {}, now: () => 0,
    });`;
  const lines: string[] = [];
  const parent = supervise(
    { name: "parent", file: process.execPath, args: ["--input-type=module", "-e", main], env: process.env },
    {
      untilReady: async (signal) => {
        while (lines.length === 0) await delay(10, undefined, { signal });
      },
      ...UNWATCHED,
      onLine: (line) => lines.push(line),
    },
  );
  await parent.ready;
  const pid = Number(/^ready (\d+)$/.exec(lines[0] ?? "")?.[1]);
  expect(isAlive(pid)).toBe(true);
  // This ends the parent's own group only: the side leads another one, and just the closed channel tells it.
  parent.kill();
  await parent.ended;
  await until(() => !isAlive(pid));
});

test("a side that no longer responds is ended and started again", async () => {
  let responds = true;
  const side = superviseScript(SERVE, {
    livenessPollMs: 10,
    hungAfterMs: 50,
    isAlive: async (signal) => {
      if (!responds) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  await side.ready;
  const hung = side.pid()!;
  process.kill(hung, "SIGSTOP");
  responds = false;
  await until(() => side.events.some((event) => event.startsWith("The side was ended by SIGKILL")));
  responds = true;
  await until(() => side.events.includes("The side answers again."));
  expect(side.events[0]).toBe("The side has not responded for 0.05 s.");
  expect(isAlive(hung)).toBe(false);
});
