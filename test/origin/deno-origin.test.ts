import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endlessModelFile } from "../support/looping-model.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";
import { descendantsOf, isAlive, untilBusy } from "../support/processes.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** What `npm run origin:deno` runs, permissions included. */
const DENO_COMMAND: [string, ...string[]] = [process.execPath, join(ROOT, "origin", "run-deno.ts")];

const TEN_DIGITS = "{ parity(backends: [CPU]) { rows { image outputs { prediction { label logits { bits } } } } } }";

describe("the origin under Deno, with its least permissions", () => {
  let deno: RunningOrigin;
  let node: RunningOrigin;
  beforeAll(async () => {
    const env = { ORIGIN_TOKEN: "between-the-sides", ...NO_VULKAN };
    [deno, node] = await Promise.all([startOrigin({ env, command: DENO_COMMAND }), startOrigin({ env })]);
  });
  afterAll(() => Promise.all([deno?.stop(), node?.stop()]));

  it("is live and ready", async () => {
    const statuses = await Promise.all(
      ["live", "ready"].map(async (path) => (await fetch(`${deno.url}/health/${path}`)).status),
    );
    expect(statuses).toEqual([200, 200]);
  });

  it("gives the bits that it gives under Node", async () => {
    const [underDeno, underNode] = await Promise.all([deno.graphql(TEN_DIGITS), node.graphql(TEN_DIGITS)]);
    expect(underDeno.errors).toBeUndefined();
    expect(JSON.stringify(underDeno.data)).toContain('"label":"7"');
    expect(underDeno.data).toEqual(underNode.data);
  });

  it("decodes an image that is not PNG", async () => {
    const { default: sharp } = await import("sharp");
    const webp = await sharp(join(ROOT, "images", "7.png"))
      .webp({ lossless: true })
      .toBuffer();
    const query = "query ($file: Bytes!) { predict(backend: CPU, input: { file: $file }) { label } }";
    const { data } = await deno.graphql(query, { file: webp.toString("base64") });
    expect(data).toEqual({ predict: { label: "7" } });
  });

  it("calls the edge, and reports why if there is none", async () => {
    const { data } = await deno.graphql<{ health: { backends: { backend: string; reason: string }[] } }>(
      "{ health { backends { backend available reason } } }",
    );
    const reasonOf = (backend: string) => data.health.backends.find((status) => status.backend === backend)?.reason;
    // Not "permission denied": the call was made.
    expect(reasonOf("WASM")).toContain("cannot be reached");
    expect(reasonOf("WEBGPU")).toContain("Deno");
  });

  it("needs no permission that it lacks", () => {
    expect(deno.logs()).not.toMatch(/NotCapable|Requires .* access/);
  });

  it("stops cleanly", async () => {
    expect(await deno.stop("SIGINT")).toBe(0);
  });
});

describe("the origin under Deno, inside an inference that never ends", () => {
  let folder: string;
  let deno: RunningOrigin;
  let pids: number[] = [];
  beforeAll(async () => {
    // Where it may read.
    await mkdir(join(ROOT, ".isobit"), { recursive: true });
    folder = await mkdtemp(join(ROOT, ".isobit", "endless-"));
    const MODEL = await endlessModelFile({}, folder);
    deno = await startOrigin({ env: { MODEL, ...NO_VULKAN }, command: DENO_COMMAND });
    const asked = deno.graphql('{ predict(backend: CPU, input: { image: "7" }) { label } }');
    asked.catch(() => {});
    // The command starts Deno as a process of its own, which nothing but a signal to itself ends at once.
    pids = descendantsOf(deno.pid).map(({ pid }) => pid);
    await untilBusy(pids);
  });
  afterAll(async () => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
    await deno?.stop("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  it("answers other requests, and stops cleanly", async () => {
    expect((await fetch(`${deno.url}/health/live`)).status).toBe(200);
    expect(await deno.stop("SIGTERM")).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
