import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listVulkanDrivers } from "#origin/vulkan-drivers.ts";

let root: string;
let system: string;
let chromium: string;

const manifestFor = (library: string) =>
  JSON.stringify({ file_format_version: "1.0.0", ICD: { library_path: library } });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "isobit-vulkan-"));
  system = join(root, "icd.d");
  chromium = join(root, "vk_swiftshader_icd.json");
  await mkdir(system);
  await writeFile(join(system, "lvp_icd.x86_64.json"), manifestFor("/usr/lib/libvulkan_lvp.so"));
  await writeFile(join(system, "nvidia_icd.json"), manifestFor("libGLX_nvidia.so.0"));
  await writeFile(join(system, "radeon_icd.x86_64.json"), manifestFor("libvulkan_radeon.so"));
  await writeFile(join(system, "virtio_icd.x86_64.json"), manifestFor("libvulkan_virtio.so"));
  await writeFile(join(system, "broken.json"), "{");
  await writeFile(join(system, "layer.json"), JSON.stringify({ layer: { library_path: "liblayer.so" } }));
  await writeFile(join(system, "README"), "no manifest");
  await writeFile(chromium, manifestFor("./libvk_swiftshader.so"));
});
afterAll(() => rm(root, { recursive: true }));

const list = (environment = {}) => listVulkanDrivers(environment, [join(root, "absent"), system], [chromium]);

it("puts hardware drivers first, and names software as software", async () => {
  const found = (await list()).map(({ name, hardware }) => [name, hardware]);
  expect(found).toEqual([
    ["Vulkan driver nvidia_icd", true],
    ["Vulkan driver radeon_icd.x86_64", true],
    ["Mesa lavapipe (software adapter)", false],
    ["virtual GPU (of an unknown host)", false],
    ["SwiftShader (software adapter)", false],
  ]);
});

it.each(["VK_DRIVER_FILES", "VK_ICD_FILENAMES"])(
  "takes only what %s names, files and folders, in that order",
  async (name) => {
    const only = await list({ [name]: `${chromium}:${join(root, "absent.json")}:${join(system, "nvidia_icd.json")}` });
    expect(only.map(({ manifest }) => manifest)).toEqual([chromium, join(system, "nvidia_icd.json")]);
    expect(await list({ [name]: system })).toHaveLength(4);
  },
);

it("finds nothing where nothing is installed", async () => {
  expect(await listVulkanDrivers({}, [join(root, "absent")], [])).toEqual([]);
});
