import "#node/no-telemetry.ts";
import { InferenceSession, Tensor } from "onnxruntime-node";
import * as web from "onnxruntime-web/wasm";
import { OPTIMIZATION_LEVEL } from "#core/backends.ts";
import type { OpenSession } from "#core/exactify/session.ts";

type Runtime = { readonly InferenceSession: typeof web.InferenceSession; readonly Tensor: typeof web.Tensor };

const ERRORS_ONLY = 3;

/** onnxruntime-node's CPU provider. */
export const openNative: OpenSession = opener({ InferenceSession, Tensor }, "cpu");

/** onnxruntime-web's WebAssembly, on one thread as in a Worker. */
export const openWasm: OpenSession = (model, input) => {
  web.env.wasm.numThreads = 1;
  return opener(web, "wasm")(model, input);
};

/** Sessions that run nothing more once `refuseStopped` throws. */
export function stoppable(open: OpenSession, refuseStopped: () => void): OpenSession {
  return async (model, input) => {
    const session = await open(model, input);
    return {
      async run(images, count) {
        refuseStopped();
        return await session.run(images, count);
      },
      release: () => session.release(),
    };
  };
}

/** At the level at which every model is served. */
function opener(runtime: Runtime, provider: string): OpenSession {
  return async (model, { name, shape }) => {
    const session = await runtime.InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: OPTIMIZATION_LEVEL,
      logSeverityLevel: ERRORS_ONLY,
    });
    return {
      async run(images, count) {
        const outputs = await session.run({ [name]: new runtime.Tensor("float32", images, [count, ...shape]) });
        return Object.fromEntries(Object.entries(outputs).map(([output, { data }]) => [output, data as Float32Array]));
      },
      release: () => session.release(),
    };
  };
}
