import type { BackendId } from "#core/backends.ts";

/** What onnxruntime-web can run on in a page, in the order in which the page lists them. */
export const PROVIDERS = Object.freeze(["wasm", "webgpu"] as const);
export type Provider = (typeof PROVIDERS)[number];

interface ProviderFacts {
  /** Its name among the other sources. */
  readonly source: string;
  /** For a reader who does not know the name. */
  readonly title: string;
  readonly executionProvider: string;
  /** The backend with the same kernels: what a certificate says of that one, it says of this. */
  readonly standsFor: BackendId;
  /** onnxruntime-web's own name of its WebAssembly, with and without WebGPU in it. */
  readonly build: string;
  /** What the browser downloads before the model, as the page says it beforehand; a test holds it to that. */
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

/** Undefined where a source is no runtime of this browser. */
export function providerOf(source: string): Provider | undefined {
  return PROVIDERS.find((provider) => BROWSER_PROVIDERS[provider].source === source);
}
