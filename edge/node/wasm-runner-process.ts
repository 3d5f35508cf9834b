import { createRunner } from "#core/backends/runner.ts";
import { respondToParentProcess } from "#node/respond-to-parent.ts";
import { webRuntime } from "./wasm-runner.ts";

/*
 * onnxruntime-web's WebAssembly for a command: `node wasm-runner-process.ts`. The Worker's own .wasm file, on one
 * thread as in a Worker, but in Node's V8: the same bits, as the tests of the Worker hold it to.
 */

respondToParentProcess(createRunner(webRuntime()));
