import { env, InferenceSession } from "onnxruntime-web/wasm";
import compiled from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { OPTIMIZATION_LEVEL } from "#core/backend.ts";

env.logLevel = "error";
// Workers have no threads, and no Worker constructor to proxy to.
env.wasm.numThreads = 1;
env.wasm.proxy = false;
// Never read: it keeps ONNX Runtime from looking for the file by its URL.
env.wasm.wasmBinary = new ArrayBuffer(1);

/** As ONNX Runtime itself says. */
export const RUNTIME_VERSION = env.versions.web ?? env.versions.common;

let instantiated = false;

/**
 * A session on the WebAssembly provider. The first call also instantiates ONNX Runtime, once an isolate.
 * Never to be called while another call is under way.
 * @throws Error as ONNX Runtime words it, e.g. for an unknown operator
 */
export async function createSession(model: Uint8Array): Promise<InferenceSession> {
  const create = (): Promise<InferenceSession> =>
    InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: OPTIMIZATION_LEVEL });
  return instantiated ? create() : withCompiledModule(create);
}

/**
 * workerd refuses to compile WASM from bytes, and onnxruntime-web has no option that takes a compiled module. So the
 * one `WebAssembly.instantiate` that its start makes is answered with the module that workerd compiled, and the
 * original is back before any other code can run: the start never leaves the microtask queue.
 */
async function withCompiledModule<T>(start: () => Promise<T>): Promise<T> {
  const standard: { instantiate: unknown } = WebAssembly;
  const original = standard.instantiate;
  standard.instantiate = async (_bytes: unknown, imports: WebAssembly.Imports) => {
    standard.instantiate = original;
    const instance = new WebAssembly.Instance(compiled, imports);
    instantiated = true;
    return { instance, module: compiled };
  };
  try {
    return await start();
  } finally {
    standard.instantiate = original;
  }
}
