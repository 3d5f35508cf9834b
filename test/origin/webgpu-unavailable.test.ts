import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { skippedFor, NOT_LINUX } from "../support/missing.ts";
import { startOrigin, triedBackend } from "../support/origin.ts";

/** What health says of WEBGPU when the loader is pointed to these drivers. */
async function webgpuStatus(drivers: string) {
  const origin = await startOrigin({ env: { VK_DRIVER_FILES: drivers } });
  try {
    return await triedBackend(origin, "WEBGPU");
  } finally {
    await origin.stop();
  }
}

it("says what to install where there is no Vulkan driver", skippedFor(NOT_LINUX), async () => {
  expect(await webgpuStatus("/nowhere/icd.json")).toMatchObject({
    available: false,
    reason: expect.stringMatching(/No Vulkan driver.*libvulkan1.*chromium/),
  });
});

it("names the driver that was tried and did not answer", skippedFor(NOT_LINUX), async () => {
  const folder = await mkdtemp(join(tmpdir(), "isobit-icd-"));
  const manifest = join(folder, "swiftshader_of_another_machine.json");
  await writeFile(manifest, JSON.stringify({ ICD: { library_path: "./libnothing.so", api_version: "1.0.5" } }));
  expect(await webgpuStatus(manifest)).toMatchObject({
    available: false,
    reason: expect.stringMatching(/SwiftShader \(software adapter\): |Vulkan loader is missing/),
  });
  await rm(folder, { recursive: true });
});
