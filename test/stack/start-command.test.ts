import { spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isobit, observe, startIsobit, type RunningCommand } from "../support/isobit.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf, isAlive, type SeenProcess } from "../support/processes.ts";

/* `npm start` as a person meets it: the real command, real edge, real origin, on free ports. */

const ROOT = join(import.meta.dirname, "..", "..");
const FREE_PORTS = { EDGE_PORT: "0", ORIGIN_PORT: "0" };
const RUNNING = "Both sides run. Ctrl-C stops them.";

let command: RunningCommand | undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-start-"));
});

afterEach(async () => {
  command?.signal("SIGTERM");
  await command?.ended;
  command = undefined;
  await rm(folder, { recursive: true });
});

/** Without WEBGPU, for whose processes three of the tests look, unless `env` is another. */
async function start(env: Readonly<Record<string, string>> = NO_VULKAN): Promise<RunningCommand> {
  command = startIsobit(["start"], { env: { ...FREE_PORTS, ...env } });
  await command.says(RUNNING);
  return command;
}

/** So many times has a side come back. */
async function answersAgain({ stderr }: RunningCommand, side: "edge" | "origin", times: number): Promise<void> {
  await until(() => stderr().split(`The ${side} answers again.`).length - 1 === times);
}

function sideOf({ pid }: RunningCommand, script: string): SeenProcess {
  const found = descendantsOf(pid).find(({ commandLine }) => commandLine.includes(script));
  if (!found) throw new Error(`no process runs ${script}`);
  return found;
}

function urlOf({ stdout }: RunningCommand, side: "edge" | "origin"): string {
  const url = new RegExp(`(http://\\S+)/graphql \\(${side}\\)`).exec(stdout())?.[1];
  if (url === undefined) throw new Error(`no address of the ${side} was printed`);
  return url;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

async function gone(processes: readonly SeenProcess[]): Promise<void> {
  await until(() => processes.every(({ pid }) => !isAlive(pid)));
}

describe("a start", () => {
  test("prints where everything is and a first parity table; SIGTERM ends it in order", async () => {
    const running = await start({});
    const [edge, origin] = [urlOf(running, "edge"), urlOf(running, "origin")];
    expect(running.stdout()).toContain(`Web client  ${edge}/\n`);
    expect(running.stdout()).toContain(`${origin}/health/ready`);
    expect(running.stdout()).toMatch(/^WASM against CPU: IDENTICAL; 10 of 10 images compared/m);
    expect(running.stderr()).toContain(`[edge] edge ready at ${edge}\n`);
    expect(running.stderr()).toContain(`[origin] origin ready at ${origin}\n`);
    for (const address of running.stdout().match(/http:\/\/\S+/g) ?? []) {
      // As a browser asks.
      const { status } = await fetch(address, { headers: { accept: "text/html,*/*" } });
      expect([address, status]).toEqual([address, 200]);
    }
    const processes = descendantsOf(running.pid);
    expect(processes.map(({ commandLine }) => commandLine).join("\n")).toMatch(/workerd serve/);
    running.signal("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 0 });
    await gone(processes);
  });

  test.each([
    ["one Ctrl-C in the terminal ends everything, though npm passes the signal on once more", "SIGINT"],
    ["a SIGTERM to npm ends everything, though npm's shell does not pass it on", "SIGTERM"],
  ] as const)("through npm, %s", async (_name, signal) => {
    const npm = spawn("npm", ["start"], {
      cwd: ROOT,
      env: { ...process.env, ...FREE_PORTS, ...NO_VULKAN },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    command = observe(npm);
    await command.says(RUNNING);
    const processes = descendantsOf(command.pid);
    // A terminal sends the signal of a key to every process of its foreground group.
    process.kill(signal === "SIGINT" ? -command.pid : command.pid, signal);
    expect((await command.ended).stderr).not.toContain("npm error");
    await gone(processes);
  });

  test("a second Ctrl-C does not wait for a side that hangs", async () => {
    const running = await start();
    const processes = descendantsOf(running.pid);
    process.kill(sideOf(running, "origin/main.ts").pid, "SIGSTOP");
    running.signal("SIGINT");
    await until(() => !isAlive(processes.find(({ commandLine }) => commandLine.includes("edge/serve.ts"))!.pid));
    await delay(500);
    running.signal("SIGINT");
    expect(await running.ended).toMatchObject({ code: 130 });
    await gone(processes);
  });

  test("MODEL serves another classifier, on both sides, without any code change", async () => {
    const model = join(folder, "another.onnx");
    await copyFile(join(ROOT, "models", "digits.onnx"), model);
    const running = await start({ ...NO_VULKAN, MODEL: model, MODEL_SCALE: String(1 / 255) });
    expect(running.stdout()).toMatch(/^Model another \(sha256 /m);
    expect(running.stdout()).toMatch(/^WASM against CPU: \w+; 10 of 10 images compared/m);
  });

  test("ORIGIN_PUBLIC=0 restricts the origin to callers with the token, and not the edge", async () => {
    const running = await start({ ...NO_VULKAN, ORIGIN_PUBLIC: "0" });
    expect(running.stdout()).toMatch(/^WASM against CPU: IDENTICAL; 10 of 10/m);
    const refused = await isobit(["parity", "--out", folder, "--url", urlOf(running, "origin")]);
    expect(refused.stderr).toContain("UNAUTHENTICATED");
    expect(refused.code).toBe(2);
  });
});

describe("a start that cannot be", () => {
  test.each(["EDGE_PORT", "ORIGIN_PORT"])("a taken %s is named before anything is built", async (variable) => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const { code, stdout, stderr } = await isobit(["start"], { env: { ...FREE_PORTS, [variable]: String(port) } });
      expect(stderr).toMatch(new RegExp(`^Port ${port} is taken\\..*${variable}=\\d+\\.\n$`));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    } finally {
      server.close();
    }
  });

  test.each([
    ["MODEL", join(ROOT, "package.json"), "package.json"],
    ["ORIGIN_TOKEN", "", "ORIGIN_TOKEN"],
  ])("%s=%j stops it at once with a sentence, not after restarts", async (variable, value, said) => {
    const { code, stdout, stderr } = await isobit(["start"], { env: { ...FREE_PORTS, [variable]: value } });
    const sentence = /^The (?:edge|origin) cannot start: it exited with code 1:\n(?<why>(?: {2}.*\n)+)/m.exec(stderr);
    expect(sentence?.groups?.["why"]).toContain(said);
    expect(sentence?.groups?.["why"]).not.toMatch(/^ +at /m);
    const [reason = ""] = sentence?.groups?.["why"]?.trim().split("\n") ?? [];
    expect(stderr.split(reason), "told once").toHaveLength(2);
    expect(stderr).not.toContain("Starting it again");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test.each([
    ["EDGE_PORT", "http"],
    ["ORIGIN_PUBLIC", "maybe"],
  ])("%s=%s is bad usage", async (variable, value) => {
    const { code, stderr } = await isobit(["start"], { env: { ...FREE_PORTS, [variable]: value } });
    expect(stderr).toMatch(new RegExp(`^${variable} is "${value}"`));
    expect(code).toBe(64);
  });
});

describe("a stack whose sides crash one after the other", () => {
  let running: RunningCommand;
  beforeAll(async () => {
    running = startIsobit(["start"], { env: { ...FREE_PORTS, ...NO_VULKAN } });
    await running.says(RUNNING);
  });
  afterAll(async () => {
    running?.signal("SIGTERM");
    await running?.ended;
  });

  test("the edge is restarted on its port, with a new workerd", async () => {
    const edge = sideOf(running, "edge/serve.ts");
    const workerd = sideOf(running, "workerd serve");
    process.kill(edge.pid, "SIGKILL");
    await answersAgain(running, "edge", 1);
    expect(running.stderr()).toContain("The edge was ended by SIGKILL");
    await gone([edge, workerd]);
    const { code } = await isobit(["parity", "--url", urlOf(running, "edge"), "--out", folder, "--abs", "1e-3"]);
    expect(code).toBe(0);
  });

  test("when workerd crashes, its edge starts it again and goes on", async () => {
    const edge = sideOf(running, "edge/serve.ts");
    process.kill(sideOf(running, "workerd serve").pid, "SIGKILL");
    await answersAgain(running, "edge", 2);
    expect(running.stderr()).toContain("workerd was ended by SIGKILL. Starting it again.");
    expect(sideOf(running, "edge/serve.ts")).toEqual(edge);
  });

  test("the origin is restarted three times; its fourth crash within a minute stops the stack", async () => {
    const told = running.stderr().length;
    const processes: SeenProcess[] = [];
    for (let death = 1; death <= 4; death += 1) {
      processes.push(...descendantsOf(running.pid));
      process.kill(sideOf(running, "origin/main.ts").pid, "SIGKILL");
      if (death < 4) await answersAgain(running, "origin", death);
    }
    const { code, stderr } = await running.ended;
    const since = stderr.slice(told);
    expect(since.split("Starting it again.")).toHaveLength(4);
    expect(since).toMatch(/^The origin ended 4 times within a minute; the stack stops\.$/m);
    expect(code).toBe(2);
    await gone(processes);
  });
});

describe("a command that is killed", () => {
  test("the sides do not outlive a command that was killed", async () => {
    const running = await start({});
    const processes = descendantsOf(running.pid);
    running.signal("SIGKILL");
    await running.ended;
    await gone(processes);
    // Left by a process that was killed.
    await rm(join(ROOT, "dist", "edge", `assets-${new URL(urlOf(running, "edge")).port}`), { recursive: true });
  });
});
