import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { BACKEND_IDS } from "#core/backends.ts";
import { freePort } from "#node/ports.ts";
import { isobit } from "../support/isobit.ts";
import { NVIDIA_GPU, skippedFor } from "../support/missing.ts";
import { NO_VULKAN } from "../support/origin.ts";
import { sharedStack } from "../support/shared-stack.ts";

interface Doctor {
  readonly usable: boolean;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
}

async function doctor(env: Readonly<Record<string, string>>): Promise<Doctor & { readonly code: number | null }> {
  const { code, stdout } = await isobit(["doctor", "--json"], { env: { ...NO_VULKAN, ...env } });
  return { code, ...(JSON.parse(stdout) as Doctor) };
}

const detailOf = ({ checks }: Doctor, name: string): string =>
  checks.find((check) => check.name === name)?.detail ?? "";
const stateOf = ({ checks }: Doctor, name: string): string | undefined =>
  checks.find((check) => check.name === name)?.state;

describe("isobit doctor", () => {
  test("names Node, runtimes with versions, every backend, CPU features, folder, ports and stack; 0: usable", async () => {
    const [edge, origin] = [String(await freePort()), String(await freePort())];
    const found = await doctor({ EDGE_PORT: edge, ORIGIN_PORT: origin });
    expect(found).toMatchObject({ code: 0, usable: true });
    expect(detailOf(found, "Node")).toContain(process.version);
    for (const name of ["onnxruntime-node", "onnxruntime-web", "workerd", "sharp"])
      expect(detailOf(found, name)).toMatch(/^\d+\.\d+\.\d+$/);
    for (const name of BACKEND_IDS) expect(stateOf(found, name), name).toBeDefined();
    expect(detailOf(found, "WASM")).toMatch(/^onnxruntime-web \d/);
    expect(detailOf(found, "CPU")).not.toBe("");
    expect(detailOf(found, "folder")).toContain("is writable");
    expect(detailOf(found, "EDGE_PORT")).toBe(`${edge} is free`);
    expect(found.checks.at(-1)).toMatchObject({ name: "stack", state: "optional" });
  });

  test("says why WEBGPU is missing, and what to do", async () => {
    const found = await doctor({ EDGE_PORT: "1" });
    expect(stateOf(found, "WEBGPU")).toBe("optional");
    expect(detailOf(found, "WEBGPU")).toMatch(/Vulkan/);
  });

  test("says how to set CUDA up in a checkout", skippedFor(NVIDIA_GPU), async () => {
    const found = await doctor({ EDGE_PORT: "1" });
    expect(detailOf(found, "CUDA")).toMatch(/^No NVIDIA driver\. .*`npm run setup:cuda`/);
  });

  test("finds the stack that runs, and its model", async () => {
    const { edgeUrl, originUrl } = await sharedStack();
    const found = await doctor({ EDGE_PORT: new URL(edgeUrl).port, ORIGIN_PORT: new URL(originUrl).port });
    expect(detailOf(found, "stack")).toMatch(/^http:\S+ serves digits-exact \(sha256 61c7a5e4f9a1\) by default$/);
  });

  test("a port that another program uses is named with its variable", async () => {
    const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const found = await doctor({ EDGE_PORT: String(port) });
      expect(stateOf(found, "EDGE_PORT")).toBe("optional");
      expect(detailOf(found, "EDGE_PORT")).toMatch(new RegExp(`^Port ${port} is taken\\..*EDGE_PORT=`));
    } finally {
      server.close();
    }
  });

  test.each([
    [{ MODEL: "/nowhere.onnx" }, /nowhere\.onnx is missing/],
    [{ PEERS: "go" }, /PEERS/],
  ])("2: %j names something that cannot be used", async (env, why) => {
    const found = await doctor(env);
    expect(found).toMatchObject({ code: 2, usable: false });
    expect(found.checks.filter(({ state }) => state === "missing")).toEqual([
      { name: "environment", state: "missing", detail: expect.stringMatching(why) },
    ]);
    const { code, stdout } = await isobit(["doctor"], { env: { ...NO_VULKAN, ...env } });
    expect(stdout).toMatch(/^environment +MISSING +/m);
    expect(stdout).toMatch(/\n\nMissing: environment\.\n$/);
    expect(code).toBe(2);
  });
});
