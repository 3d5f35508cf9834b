import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { endlessModelFile } from "../support/looping-model.ts";
import { NO_VULKAN, type RunningOrigin, runOrigin, startOrigin } from "../support/origin.ts";
import { subscribe } from "../sweep/event-stream.ts";
import { descendantsOf, isAlive, type SeenProcess, untilBusy } from "../support/processes.ts";

const BODY = JSON.stringify({ query: '{ predict(backend: CPU, input: { image: "7" }) { label } }' });

/** A request that the origin has begun to read, and that waits for its body. */
async function begun(origin: RunningOrigin): Promise<ClientRequest> {
  const headers = { "content-type": "application/json", "content-length": BODY.length, expect: "100-continue" };
  const open = request(`${origin.url}/graphql`, { method: "POST", headers });
  open.flushHeaders();
  await once(open, "continue");
  return open;
}

async function saidIn(origin: RunningOrigin, words: string): Promise<void> {
  while (!origin.logs().includes(words)) await delay(20);
}

it.each(["SIGTERM", "SIGINT"] as const)(
  "finishes the request in flight on %s, takes no new one, and ends with 0",
  async (signal) => {
    const origin = await startOrigin({ env: NO_VULKAN });
    const open = await begun(origin);
    const ended = origin.stop(signal);
    await saidIn(origin, signal);
    await expect(fetch(`${origin.url}/health/live`)).rejects.toThrow();
    open.end(BODY);
    const [response] = (await once(open, "response")) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toEqual({ data: { predict: { label: "7" } } });
    expect(await ended).toBe(0);
  },
);

/** So long after the first signal, a second one is a wish of its own. */
const LATER_MS = 700;

it("does not wait after a second signal", async () => {
  const origin = await startOrigin({ env: NO_VULKAN });
  const open = await begun(origin);
  open.on("error", () => {});
  const first = origin.stop("SIGTERM");
  await saidIn(origin, "SIGTERM");
  await delay(LATER_MS);
  await origin.stop("SIGTERM");
  expect(await first).toBe(1);
});

it("treats a signal that npm passes on as the same Ctrl-C", async () => {
  const origin = await startOrigin({ env: NO_VULKAN });
  const first = origin.stop("SIGINT");
  await saidIn(origin, "SIGINT");
  await origin.stop("SIGINT");
  expect(await first).toBe(0);
});

/** An origin whose host of the CPU's sessions is inside an inference that never ends, and that process. */
async function endless(): Promise<{ readonly origin: RunningOrigin; readonly host: number }> {
  const origin = await startOrigin({ env: { ...NO_VULKAN, MODEL: await endlessModelFile() } });
  const [host] = descendantsOf(origin.pid);
  const asked = fetch(`${origin.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
  });
  asked.catch(() => {});
  await untilBusy([host!.pid]);
  return { origin, host: host!.pid };
}

it("answers other requests during an inference that never ends, and still exits with 0", async () => {
  const { origin, host } = await endless();
  expect((await fetch(`${origin.url}/health/live`)).status).toBe(200);
  expect(await origin.stop("SIGTERM")).toBe(0);
  expect(isAlive(host)).toBe(false);
});

it("leaves no process behind when it is killed during an inference that never ends", async () => {
  const { origin, host } = await endless();
  await origin.stop("SIGKILL");
  await expect.poll(() => isAlive(host), { timeout: 60_000 }).toBe(false);
});

it("does not wait for an inference that never ends after a second signal", async () => {
  const { origin, host } = await endless();
  const first = origin.stop("SIGTERM");
  await saidIn(origin, "SIGTERM");
  await delay(LATER_MS);
  await origin.stop("SIGTERM");
  expect(await first).toBe(1);
  await expect.poll(() => isAlive(host)).toBe(false);
});

it("ends with 0 and leaves no process behind when a model keeps it from starting", async () => {
  const MODEL = await endlessModelFile({ always: true });
  const origin = runOrigin({ env: { ...NO_VULKAN, MODEL } });
  let hosts: readonly SeenProcess[] = [];
  while (hosts.length === 0) {
    await delay(20);
    hosts = descendantsOf(origin.pid);
  }
  // Node starts in less than that.
  for (let share = 0; share < 3; share++) await untilBusy(hosts.map(({ pid }) => pid));
  expect(await origin.stop("SIGTERM")).toBe(0);
  await expect.poll(() => hosts.filter(({ pid }) => isAlive(pid))).toEqual([]);
});

describe("a draining origin", () => {
  it("says first that it is not ready, and goes on serving for DRAIN_SECONDS", async () => {
    const origin = await startOrigin({ env: { ...NO_VULKAN, DRAIN_SECONDS: "1.5" } });
    const ended = origin.stop("SIGTERM");
    await saidIn(origin, "SIGTERM");
    await expect.poll(async () => (await fetch(`${origin.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${origin.url}/health/live`)).status).toBe(200);
    const query = '{ predict(backend: CPU, input: { image: "7" }) { label } }';
    expect(await origin.graphql(query)).toEqual({ data: { predict: { label: "7" } } });
    expect(await ended).toBe(0);
  });

  it("answers what is left after GRACE_SECONDS with an error that says why", async () => {
    const MODEL = await endlessModelFile();
    const origin = await startOrigin({ env: { ...NO_VULKAN, MODEL, GRACE_SECONDS: "0.3" } });
    const sweep = await subscribe(origin.url, "subscription { sweep(backends: [CPU], batch: 1) { done } }");
    const predict = origin.graphql('{ predict(backend: CPU, input: { image: "7" }) { label } }');
    await untilBusy(descendantsOf(origin.pid).map(({ pid }) => pid));
    const ended = origin.stop("SIGTERM");
    const stopping = { code: "BACKEND_UNAVAILABLE" };
    const message = "The origin is stopping. Send the request again in a moment.";
    expect((await predict).errors).toMatchObject([{ message, extensions: stopping }]);
    const frames: { event: string; data: string }[] = [];
    for await (const frame of sweep.frames) frames.push(frame);
    const last = frames.findLast(({ event }) => event === "next");
    expect(JSON.parse(last?.data ?? "{}")).toMatchObject({ errors: [{ message, extensions: stopping }] });
    expect(frames.at(-1)?.event).toBe("complete");
    expect(await ended).toBe(0);
  });
});
