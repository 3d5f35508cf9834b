import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedFor, SWIFTSHADER, SWIFTSHADER_MISSING } from "../support/missing.ts";
import { type RunningOrigin, startOrigin, triedBackend } from "../support/origin.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";

interface Output {
  readonly prediction: {
    readonly label: string;
    readonly logits: { readonly bits: string; readonly latencyMs: number };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const DIGITS = `{ parity(images: ["3", "7"], backends: [WEBGPU]) {
  rows { outputs { prediction { label logits { bits latencyMs } } error { code message } } }
} }`;

const bitsOf = (outputs: readonly Output[]) => outputs.map((output) => output.prediction?.logits.bits);

/** The processes that hold sessions: CPU's and WEBGPU's. */
function hostsOf({ pid }: RunningOrigin): number[] {
  return descendantsOf(pid).map((host) => host.pid);
}

function webgpuProcessOf({ pid }: RunningOrigin): number {
  const found = descendantsOf(pid).find(({ commandLine }) => commandLine.endsWith("host-process.ts webgpu"));
  if (found === undefined) throw new Error("WEBGPU has no process of its own");
  return found.pid;
}

describe("WEBGPU on SwiftShader", skippedFor(SWIFTSHADER_MISSING), () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await startOrigin({ env: { VK_DRIVER_FILES: SWIFTSHADER } });
  });
  afterAll(() => origin.stop());

  async function digits(): Promise<Output[]> {
    const { data } = await origin.graphql<{ parity: { rows: { outputs: Output[] }[] } }>(DIGITS);
    return data.parity.rows.flatMap((row) => row.outputs);
  }

  it("is available, and named as software that is not a GPU", async () => {
    expect(await triedBackend(origin, "WEBGPU")).toEqual({
      backend: "WEBGPU",
      available: true,
      reason: null,
      executionProvider: "WebGpuExecutionProvider",
      device: "SwiftShader (software adapter)",
      hardwareGpu: false,
    });
    const { data } = await origin.graphql("{ health { gpuAvailable } }");
    expect(data).toEqual({ health: { gpuAvailable: false } });
  });

  it("reads digits with the same bits each time", async () => {
    const [first, second] = [await digits(), await digits()];
    expect(first.map((output) => output.prediction?.label)).toEqual(["3", "7"]);
    expect(new Set(bitsOf(first)).size).toBe(2);
    expect(bitsOf(second)).toEqual(bitsOf(first));
    for (const output of first) expect(output.prediction?.logits.latencyMs).toBeGreaterThan(0);
  });

  it("reports a crash of its process for the call in flight, and works again at the next one", async () => {
    const before = bitsOf(await digits());
    const child = webgpuProcessOf(origin);
    // Stopped, it cannot answer before it is killed.
    process.kill(child, "SIGSTOP");
    const inFlight = digits();
    // Round trips behind it, by which it has certainly reached the process.
    for (let turn = 0; turn < 10; turn += 1) await origin.graphql("{ images { id } }");
    process.kill(child, "SIGKILL");
    for (const { prediction, error } of await inFlight) {
      expect(prediction).toBeNull();
      expect(error).toMatchObject({ code: "BACKEND_FAILED", message: expect.stringContaining("SIGKILL") });
    }
    expect(origin.logs()).toContain("WEBGPU: its process was lost");
    expect(bitsOf(await digits())).toEqual(before);
    expect(webgpuProcessOf(origin)).not.toBe(child);
  });

  it("leaves no process behind when the origin stops", async () => {
    const other = await startOrigin({ env: { VK_DRIVER_FILES: SWIFTSHADER } });
    await triedBackend(other, "WEBGPU");
    const children = hostsOf(other);
    expect(children).toHaveLength(2);
    expect(await other.stop("SIGINT")).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it("are not left running if the origin is killed", async () => {
    const children = hostsOf(origin);
    expect(children).toHaveLength(2);
    await origin.stop("SIGKILL");
    await expect.poll(() => children.filter(isAlive), { timeout: 30_000 }).toEqual([]);
  });
});
