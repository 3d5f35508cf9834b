import type { BackendId } from "#core/backends.ts";

/** onnxruntime-web's providers, in the order in which the page lists them. */
export const PROVIDERS = Object.freeze(["wasm", "webgpu"] as const);
export type Provider = (typeof PROVIDERS)[number];

interface ProviderFacts {
  /** Its name among the other sources. */
  readonly source: string;
  /** For readers who do not know the source's name. */
  readonly title: string;
  readonly executionProvider: string;
  /** The backend with the same kernels, whose certificates also cover this provider. */
  readonly standsFor: BackendId;
  /** onnxruntime-web's name of its WebAssembly file, with or without WebGPU. */
  readonly build: string;
  /** The size of the runtime's download, as stated on the page; a test checks it. */
  readonly downloadMegabytes: number;
}

export const BROWSER_PROVIDERS: Readonly<Record<Provider, ProviderFacts>> = Object.freeze({
  wasm: {
    source: "BROWSER_WASM",
    title: "WebAssembly",
    executionProvider: "CPUExecutionProvider",
    standsFor: "WASM",
    build: "ort-wasm-simd-threaded",
    downloadMegabytes: 4,
  },
  webgpu: {
    source: "BROWSER_WEBGPU",
    title: "WebGPU",
    executionProvider: "WebGpuExecutionProvider",
    standsFor: "WEBGPU",
    build: "ort-wasm-simd-threaded.asyncify",
    downloadMegabytes: 8,
  },
});

/** Undefined if a source is not a runtime of this browser. */
export function providerOf(source: string): Provider | undefined {
  return PROVIDERS.find((provider) => BROWSER_PROVIDERS[provider].source === source);
}
