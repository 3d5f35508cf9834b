import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";
import { IsobitError } from "#core/errors.ts";
import { type AdapterInfo, describeDevice, type Device } from "./device.ts";
import { downloadGzipped } from "./download.ts";
import type { Progress, Started } from "./messages.ts";
import { BROWSER_PROVIDERS, type Provider } from "./providers.ts";

/** The part of onnxruntime-web that a session needs; both of its builds have it. */
export interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
  readonly env: typeof import("onnxruntime-web/wasm").env;
}

export interface StartedRuntime extends Started {
  readonly runtime: Runtime;
}

/**
 * Loads onnxruntime-web's script and its WebAssembly for one provider. The first session instantiates it.
 * @throws IsobitError BACKEND_UNAVAILABLE if the browser lacks the provider, or a file cannot be downloaded
 */
export async function startRuntime(
  provider: Provider,
  onProgress: (progress: Progress) => void,
): Promise<StartedRuntime> {
  const device = provider === "webgpu" ? await findAdapter() : null;
  const runtime: Runtime = await (provider === "webgpu"
    ? import("onnxruntime-web/webgpu")
    : import("onnxruntime-web/wasm"));
  const { env } = runtime;
  const runtimeVersion = env.versions.web ?? env.versions.common;
  const path = `/onnxruntime-web/${runtimeVersion}/${BROWSER_PROVIDERS[provider].build}`;
  env.logLevel = "error";
  // One thread: more would need a cross-origin isolated page, and would not change any bit.
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { mjs: new URL(`${path}.mjs`, location.origin) };
  env.wasm.wasmBinary = await downloadGzipped(`${path}.wasm.gz`, (loadedBytes, totalBytes) =>
    onProgress({ what: "runtime", loadedBytes, totalBytes }),
  );
  return { runtime, runtimeVersion, device };
}

const NO_WEBGPU =
  "This browser does not offer WebGPU here. It needs a current Chrome, Edge, Firefox or Safari, a supported graphics driver, and https or localhost.";
const NO_ADAPTER =
  "This browser supports WebGPU but found no graphics adapter. Its diagnostics page (chrome://gpu, about:support) gives the reason.";

async function findAdapter(): Promise<Device> {
  // The type is never undefined, but not every browser has it.
  const gpu = Reflect.get(navigator, "gpu") as GPU | undefined;
  if (gpu === undefined) throw new IsobitError("BACKEND_UNAVAILABLE", NO_WEBGPU);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new IsobitError("BACKEND_UNAVAILABLE", NO_ADAPTER);
  return describeDevice(adapter.info as AdapterInfo);
}
