import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeModel } from "#core/onnx/write.ts";
import { loopingModel } from "../support/looping-model.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { descendantsOf, untilBusy } from "../support/processes.ts";
import { type RunningStack, startStack } from "../support/stack.ts";

/* What the edge does while the origin is busy for a caller that leaves, or stands still. */

const PREDICT = '{ predict(backend: CPU, input: { image: "7" }) { label } }';
const ANSWERED = { data: { predict: { label: expect.any(String) } } };

let folder: string;
let stack: RunningStack;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-slow-"));
  const MODEL = join(folder, "slow.onnx");
  await writeFile(MODEL, writeModel(loopingModel(600_000, { large: false })));
  stack = await startStack({ env: { ...NO_VULKAN, MODEL, MAX_WAIT_SECONDS: "0.01" } });
});
afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the origin's work for a caller of the edge", { timeout: 100_000 }, () => {
  it("ends when that caller hangs up", async () => {
    expect(await stack.edge().graphql(PREDICT)).toEqual(ANSWERED);
    const query = "query ($images: [ID!]!) { parity(backends: [CPU], images: $images) { verdict } }";
    const long = request(`${stack.edgeUrl}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    }).on("error", () => {});
    long.end(JSON.stringify({ query, variables: { images: Array(300).fill("7") } }));
    await untilBusy(descendantsOf(stack.origin().pid).map(({ pid }) => pid));
    const refused = await stack.edge().graphql(PREDICT);
    expect(refused.errors?.[0]?.extensions?.code).toBe("OVERLOADED");
    // Without Cloudflare in front of it, workerd notices a connection that is reset, but not one that is closed.
    long.socket?.resetAndDestroy();
    await expect.poll(() => stack.edge().graphql(PREDICT), { timeout: 60_000, interval: 200 }).toEqual(ANSWERED);
  });
});

describe("an origin that stands still", { timeout: 100_000 }, () => {
  it("is noticed, is not waited for again, and is asked again once it goes on", async () => {
    const { pid } = stack.origin();
    process.kill(pid, "SIGSTOP");
    try {
      const code = async () => (await stack.edge().graphql(PREDICT)).errors?.[0]?.extensions?.code;
      expect(await code()).toBe("ORIGIN_UNREACHABLE");
      // Each of these would wait as long as the first if it were asked.
      expect(await Promise.all(Array.from({ length: 20 }, code))).toEqual(Array(20).fill("ORIGIN_UNREACHABLE"));
      const { data } = await stack
        .edge()
        .graphql<{ health: { backends: { backend: string; reason: string | null }[] } }>(
          "{ health { backends { backend reason } } }",
        );
      expect(data.health.backends.find(({ backend }) => backend === "CPU")?.reason).toMatch(
        /accepts connections, but has not responded for \d+ s/,
      );
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await expect.poll(() => stack.edge().graphql(PREDICT), { timeout: 60_000, interval: 200 }).toEqual(ANSWERED);
  });
});
