import { loopingModel, SIDE } from "../support/looping-model.ts";
import { startCpuBackend } from "../support/cpu-backend.ts";
import { descendantsOf, untilBusy } from "../support/processes.ts";
import { served } from "../support/served-model.ts";

/*
 * Ends while its CPU backend is inside ONNX Runtime: `node ended-process.ts close|exit|throw`. It writes "inside" and the
 * ids of the processes that it has started before it ends.
 */

const [, , end] = process.argv;
/** Some ten seconds of one core, in one call of ONNX Runtime. */
const TURNS = 1e7;

const model = await served("looping", loopingModel(TURNS, { large: false }));
const backend = await startCpuBackend([model]);
const started = descendantsOf(process.pid).map(({ pid }) => pid);

let answered = false;
backend.infer(model.info, [new Float32Array(SIDE * SIDE).fill(1)]).then(
  () => (answered = true),
  () => {},
);
await untilBusy([process.pid, ...started]);
if (answered) throw new Error("the inference was over too soon");
process.stdout.write(`inside ${started.join(" ")}\n`);

if (end === "close") await backend.close();
else if (end === "exit") process.exit(3);
else throw new Error("nothing catches this");
