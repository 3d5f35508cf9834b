import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKENDS, GPU_BACKEND_IDS } from "#core/backends.ts";
import type { GpuProvider } from "#origin/session.ts";
import { skippedFor, NOT_LINUX, NVIDIA_GPU } from "../support/missing.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin, triedBackend } from "../support/origin.ts";

interface Expected {
  /** Why this machine may have the device, so that the tests are skipped; null if it cannot. */
  readonly skipped: string | null;
  /** What is missing, and what to do. */
  readonly reason: RegExp;
}

const WITHOUT_DEVICE: Readonly<Record<GpuProvider, Expected>> = {
  cuda: { skipped: NVIDIA_GPU, reason: /^No NVIDIA driver\. .*npm run setup:cuda/ },
  webgpu: { skipped: NOT_LINUX, reason: /^No Vulkan driver.*libvulkan1.*chromium/ },
};

let origin: RunningOrigin;
beforeAll(async () => {
  origin = await startOrigin({ env: NO_VULKAN });
});
afterAll(() => origin.stop());

const cases = GPU_BACKEND_IDS.map((id) => ({ backend: id, ...WITHOUT_DEVICE[BACKENDS[id].provider] }));

describe.each(cases)("$backend on a machine without its device", ({ backend, skipped, reason }) => {
  it("reports in health what is missing, and what to do", skippedFor(skipped), async () => {
    expect(await triedBackend(origin, backend)).toMatchObject({
      available: false,
      reason: expect.stringMatching(reason),
      device: null,
      hardwareGpu: false,
    });
  });

  it("refuses to answer for it, with the same reason", skippedFor(skipped), async () => {
    const status = await triedBackend(origin, backend);
    const { data, errors } = await origin.graphql(`{ predict(backend: ${backend}, input: { image: "7" }) { label } }`);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { extensions: { code: "BACKEND_UNAVAILABLE" }, message: expect.stringContaining(status!.reason!) },
    ]);
  });

  it("leaves a comparison incomplete instead of counting it as a match", skippedFor(skipped), async () => {
    const query = `{ parity(images: ["7"], backends: [CPU, ${backend}]) { verdict rows { outputs { source prediction { label } error { code } } } } }`;
    const { data } = await origin.graphql(query);
    expect(data).toMatchObject({
      parity: {
        verdict: "INCOMPLETE",
        rows: [
          {
            outputs: [
              { source: "CPU", prediction: { label: "7" }, error: null },
              { source: backend, prediction: null, error: { code: "BACKEND_UNAVAILABLE" } },
            ],
          },
        ],
      },
    });
  });
});

it("reports no GPU where no backend has one", skippedFor(NVIDIA_GPU ?? NOT_LINUX), async () => {
  await Promise.all(GPU_BACKEND_IDS.map((id) => triedBackend(origin, id)));
  const { data } = await origin.graphql("{ health { gpuAvailable } }");
  expect(data).toEqual({ health: { gpuAvailable: false } });
});
