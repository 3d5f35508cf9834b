import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

/** A file that a browser needs to run models itself, as it is served. */
export interface RuntimeFile {
  /** Its path in the URL, which has onnxruntime-web's version in it and so never means another file. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** onnxruntime-web's WebAssembly without WebGPU, and with it. */
const BUILDS = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.asyncify"];

/**
 * Taken from the installed package whenever the assets are laid out, so that neither the repository, nor the page's
 * build, nor the npm package carries it again. The WebAssembly is compressed here, once: some servers compress none, and
 * uncompressed the larger file is above the 25 MiB that Cloudflare takes of an asset. The fastest level costs half a
 * second of a start; the best one would save a fifth of the download and cost five.
 */
export async function browserRuntime(): Promise<RuntimeFile[]> {
  const version = await installedVersion();
  const files = BUILDS.map(async (build): Promise<RuntimeFile[]> => {
    const path = `/onnxruntime-web/${version}/${build}`;
    const wasm = await readFile(fileOf(`${build}.wasm`));
    return [
      { path: `${path}.mjs`, content: await readFile(fileOf(`${build}.mjs`)) },
      { path: `${path}.wasm.gz`, content: await promisify(gzip)(wasm, { level: constants.Z_BEST_SPEED }) },
    ];
  });
  return (await Promise.all(files)).flat();
}

function fileOf(name: string): URL {
  return new URL(import.meta.resolve(`onnxruntime-web/${name}`));
}

/** The package does not export its package.json, but its files are next to it. */
async function installedVersion(): Promise<string> {
  const manifest = await readFile(new URL("../package.json", fileOf(`${BUILDS[0]}.wasm`)), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
