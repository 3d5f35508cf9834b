import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skippedFor, NVIDIA_GPU } from "../support/missing.ts";
import { NO_VULKAN, type RunningOrigin, startOrigin } from "../support/origin.ts";

// On a GPU host these backends answer; what they answer there is another test's matter.
describe.each(["CUDA", "CUDA_TF32"])("%s on a machine without an NVIDIA GPU", skippedFor(NVIDIA_GPU), (backend) => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await startOrigin({ env: NO_VULKAN });
  });
  afterAll(() => origin.stop());

  it("reports in health that there is no GPU, and what to run on a machine with one", async () => {
    const query = "{ health { gpuAvailable backends { backend available reason device hardwareGpu } } }";
    const { data } = await origin.graphql<{ health: { gpuAvailable: boolean; backends: { backend: string }[] } }>(
      query,
    );
    expect(data.health.gpuAvailable).toBe(false);
    expect(data.health.backends.find((status) => status.backend === backend)).toEqual({
      backend,
      available: false,
      reason: expect.stringMatching(/^No NVIDIA driver\. .*npm run setup:cuda/),
      device: null,
      hardwareGpu: false,
    });
  });

  it("refuses to answer for it, with the same reason", async () => {
    const { data, errors } = await origin.graphql(`{ predict(backend: ${backend}, input: { image: "7" }) { label } }`);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { extensions: { code: "BACKEND_UNAVAILABLE" }, message: expect.stringContaining("npm run setup:cuda") },
    ]);
  });

  it("leaves a comparison incomplete instead of counting it as a match", async () => {
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
