import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { skippedFor, NOT_LINUX } from "../support/missing.ts";
import { startOrigin, triedBackend } from "../support/origin.ts";

it("names the driver that was tried and did not answer", skippedFor(NOT_LINUX), async () => {
  const folder = await mkdtemp(join(tmpdir(), "isobit-icd-"));
  const manifest = join(folder, "swiftshader_of_another_machine.json");
  await writeFile(manifest, JSON.stringify({ ICD: { library_path: "./libnothing.so", api_version: "1.0.5" } }));
  const origin = await startOrigin({ env: { VK_DRIVER_FILES: manifest } });
  try {
    expect(await triedBackend(origin, "WEBGPU")).toMatchObject({
      available: false,
      reason: expect.stringMatching(/SwiftShader \(software adapter\): |Vulkan loader is missing/),
    });
  } finally {
    await origin.stop();
    await rm(folder, { recursive: true });
  }
});
