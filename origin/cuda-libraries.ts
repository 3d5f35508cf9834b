import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** ONNX Runtime's CUDA provider, which npm's onnxruntime-node leaves out for its size. */
export const PROVIDER_LIBRARIES = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"] as const;

/** The folder of onnxruntime-node's binding, where ONNX Runtime looks for its providers. */
export function bindingFolder(): string {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  return join(dirname(entry), "..", "bin", "napi-v6", process.platform, process.arch);
}

export function missingLibraries(folder: string = bindingFolder()): string[] {
  return PROVIDER_LIBRARIES.filter((library) => !existsSync(join(folder, library)));
}

/**
 * Puts the provider's libraries into a folder: all of them or, when writing one fails, none.
 * @param write makes one library at the path it is given
 */
export async function placeLibraries(
  folder: string,
  write: (library: string, path: string) => Promise<unknown>,
): Promise<void> {
  const places = PROVIDER_LIBRARIES.map((library) => {
    const target = join(folder, library);
    return { library, target, partial: `${target}.partial` };
  });
  try {
    for (const { library, partial } of places) await write(library, partial);
    for (const { partial, target } of places) await rename(partial, target);
  } finally {
    await Promise.all(places.map(({ partial }) => rm(partial, { force: true })));
  }
}
