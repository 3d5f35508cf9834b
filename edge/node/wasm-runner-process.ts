import process from "node:process";
import { createRunner } from "#core/backends/runner.ts";
import type { RunnerRequest } from "#core/backends/runner-messages.ts";
import { webRuntime } from "./wasm-runner.ts";

/*
 * onnxruntime-web's WebAssembly for a command: `node wasm-runner-process.ts`. The Worker's own .wasm file, on one
 * thread as in a Worker, but in Node's V8: the same bits, as the tests of the Worker hold it to.
 */

const answer = createRunner(webRuntime());
let turn: Promise<unknown> = Promise.resolve();
process.on("message", (request: RunnerRequest) => {
  turn = turn.then(() => answer(request)).then((reply) => process.send?.(reply));
});
// A Ctrl-C reaches the whole process group; the command ends in order and hangs up.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
