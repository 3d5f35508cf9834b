import { randomFrom } from "../support/random.ts";
import { descendantsOf } from "../support/processes.ts";
import type { RunningStack } from "../support/stack.ts";
import { fuzzFaces } from "./faces.ts";
import type { Failure } from "./failure.ts";
import { fuzzOnnx, fuzzParagon } from "./readers.ts";

/** Of all requests; the rest goes to the faces. */
const SHARES = { onnx: 0.2, paragon: 0.1 };

export interface FuzzResult {
  readonly requests: Readonly<Record<"faces" | "onnx" | "paragon", number>>;
  readonly failures: readonly Failure[];
}

/** Sends mutated requests to a stack of its own, and mutated files to the readers. */
export async function fuzz(stack: RunningStack, total: number, seed: number): Promise<FuzzResult> {
  const onnx = Math.round(total * SHARES.onnx);
  const paragon = Math.round(total * SHARES.paragon);
  const faces = total - onnx - paragon;
  const before = processes(stack);
  const failures = [
    ...(await fuzzFaces([stack.edgeUrl, stack.originUrl], faces, randomFrom(seed))),
    ...processes(stack)
      .difference(before)
      .values()
      .map((pid) => ({ target: "the stack", problem: `process ${pid} is new: another one crashed`, bytes: NONE })),
    ...(await fuzzOnnx(onnx, randomFrom(seed + 1))),
    ...(await fuzzParagon(paragon, randomFrom(seed + 2))),
  ];
  return { requests: { faces, onnx, paragon }, failures };
}

const NONE = new Uint8Array(0);

/** A process that is started again has another pid. Those that decode images come and go as they are needed. */
function processes(stack: RunningStack): ReadonlySet<number> {
  const all = [stack.edge().pid, stack.origin().pid].flatMap(descendantsOf);
  return new Set(all.filter(({ commandLine }) => /workerd serve|host-process/.test(commandLine)).map(({ pid }) => pid));
}
