import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "./environment.ts";

/** A Vulkan driver by the manifest ("ICD") that the Vulkan loader is pointed to. */
export interface VulkanDriver {
  readonly manifest: string;
  readonly name: string;
  /** False for a driver that computes on the CPU, or that forwards calls to an unknown host. */
  readonly hardware: boolean;
}

/** Folders in which the Vulkan loader looks, by its documentation of driver discovery on Linux. */
const MANIFEST_FOLDERS = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/** Chromium ships SwiftShader in its own folder, where the loader does not look. */
const CHROMIUM_MANIFESTS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

const NOT_HARDWARE: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, "SwiftShader (software adapter)"],
  [/lvp|lavapipe|llvmpipe/i, "Mesa lavapipe (software adapter)"],
  [/mock/i, "Vulkan mock driver (software adapter)"],
  [/virtio|gfxstream|dzn/i, "virtual GPU (of an unknown host)"],
];

/**
 * The drivers to try: those that VK_DRIVER_FILES or VK_ICD_FILENAMES name, in their order; otherwise all that are
 * installed, hardware first.
 */
export async function listVulkanDrivers(
  environment: Environment,
  folders: readonly string[] = MANIFEST_FOLDERS,
  extras: readonly string[] = CHROMIUM_MANIFESTS,
): Promise<VulkanDriver[]> {
  const named = environment["VK_DRIVER_FILES"] || environment["VK_ICD_FILENAMES"];
  const places = named ? named.split(":").filter((place) => place !== "") : [...folders, ...extras];
  const manifests = (await Promise.all(places.map(manifestsAt))).flat();
  const drivers = await Promise.all(manifests.map(readDriver));
  const found = drivers.filter((driver) => driver !== undefined);
  return named ? found : [...found.filter(({ hardware }) => hardware), ...found.filter(({ hardware }) => !hardware)];
}

/** A place is a manifest or a folder of them; one that is not there holds none. */
async function manifestsAt(place: string): Promise<string[]> {
  const stats = await stat(place).catch(() => undefined);
  if (!stats) return [];
  if (!stats.isDirectory()) return [place];
  const files = await readdir(place);
  return files
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .map((file) => join(place, file));
}

async function readDriver(manifest: string): Promise<VulkanDriver | undefined> {
  const library = await readLibraryPath(manifest);
  if (library === undefined) return undefined;
  const known = NOT_HARDWARE.find(([pattern]) => pattern.test(manifest) || pattern.test(library));
  if (known) return { manifest, name: known[1], hardware: false };
  const stem = manifest.replace(/^.*\//, "").replace(/\.json$/, "");
  return { manifest, name: `Vulkan driver ${stem}`, hardware: true };
}

/** Undefined for a file that is not a driver manifest: the Vulkan loader skips it, too. */
async function readLibraryPath(manifest: string): Promise<string | undefined> {
  try {
    const { ICD } = JSON.parse(await readFile(manifest, "utf8")) as { ICD?: { library_path?: unknown } };
    return typeof ICD?.library_path === "string" ? ICD.library_path : undefined;
  } catch {
    return undefined;
  }
}
