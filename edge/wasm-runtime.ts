import { base64 } from "@scure/base";
import { env, InferenceSession } from "onnxruntime-web/wasm";
import compiled from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { OPTIMIZATION_LEVEL } from "#core/backends.ts";

env.logLevel = "error";
// Workers have no threads, and no Worker constructor to proxy to.
env.wasm.numThreads = 1;
env.wasm.proxy = false;
// Never read: it keeps ONNX Runtime from looking for the file by its URL.
env.wasm.wasmBinary = new ArrayBuffer(1);

/** As ONNX Runtime itself says. */
export const RUNTIME_VERSION = env.versions.web ?? env.versions.common;

const VERBOSE = 0;

let instantiated = false;
/** Receives ONNX Runtime's log instead of the console. */
let takeLine: ((line: string) => void) | undefined;

/**
 * A session on the WebAssembly provider. The first call also instantiates ONNX Runtime, once an isolate.
 * Never to be called while another call is under way.
 * @throws Error as ONNX Runtime words it, e.g. for an unknown operator
 */
export async function createSession(model: Uint8Array): Promise<InferenceSession> {
  return startSession(model, {});
}

/**
 * What ONNX Runtime writes while it optimises a model, a line each: its optimised model it can write to no file here.
 * Never to be called while another call is under way.
 * @throws Error as ONNX Runtime words it
 */
export async function optimiserLog(model: Uint8Array): Promise<readonly string[]> {
  const lines: string[] = [];
  takeLine = (line) => void lines.push(line);
  try {
    const session = await startSession(model, { logSeverityLevel: VERBOSE, logVerbosityLevel: 1 });
    await session.release();
    return lines;
  } finally {
    takeLine = undefined;
  }
}

/** ONNX's smallest: y = Identity(x), one float32. */
const IDENTITY =
  "CAgSBHRlc3Q6PgoUCgF4EgF5GgAiCElkZW50aXR5OgASBHRlc3RaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAR";

/**
 * Starts ONNX Runtime without a model: most of what an isolate's first prediction would wait for.
 * Never to be called while another call is under way. Never rejects: where it cannot start, a session says so.
 */
export async function startRuntime(): Promise<void> {
  try {
    const session = await createSession(base64.decode(IDENTITY));
    await session.release();
  } catch {
    // Tried again with the first model, whose caller then gets the error.
  }
}

function startSession(model: Uint8Array, logging: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const create = (): Promise<InferenceSession> =>
    InferenceSession.create(model, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: OPTIMIZATION_LEVEL,
      ...logging,
    });
  return instantiated ? create() : withCompiledModule(create);
}

/**
 * workerd refuses to compile WASM from bytes, and onnxruntime-web has no option that takes a compiled module. So the
 * one `WebAssembly.instantiate` that its start makes is answered with the module that workerd compiled, and the
 * original is back before any other code can run: the start never leaves the microtask queue. ONNX Runtime also keeps
 * the `console.error` that it finds then, for its log, for good; so it finds one that can be listened to.
 */
async function withCompiledModule<T>(start: () => Promise<T>): Promise<T> {
  const standard: { instantiate: unknown } = WebAssembly;
  const original = standard.instantiate;
  const print = console.error;
  console.error = (...words: unknown[]) => (takeLine ? takeLine(words.join(" ")) : print(...words));
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
    console.error = print;
  }
}
