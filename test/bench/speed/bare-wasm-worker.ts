import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import compiled from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { createBareHandler } from "./bare-handler.ts";

/*
 * onnxruntime-web alone in a Worker, one thread as Workers have it, the level isobit runs at. Its start needs the same
 * trick as isobit's (see edge/wasm-runtime.ts), written again here so that what is measured against does not change
 * with what is measured.
 */

env.logLevel = "error";
env.wasm.numThreads = 1;
env.wasm.proxy = false;
env.wasm.wasmBinary = new ArrayBuffer(1);

const standard: { instantiate: unknown } = WebAssembly;
standard.instantiate = async (_bytes: unknown, imports: WebAssembly.Imports) => ({
  instance: new WebAssembly.Instance(compiled, imports),
  module: compiled,
});

const handle = createBareHandler({
  open: (model) => InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: "extended" }),
  tensor: (data, dims) => new Tensor("float32", data, dims),
});

export default {
  async fetch(request: Request): Promise<Response> {
    const reply = await handle(new URL(request.url), async () => new Uint8Array(await request.arrayBuffer()));
    return new Response(reply, { headers: { "content-type": "application/json" } });
  },
};
