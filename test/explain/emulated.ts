import { type Candidate, candidatesOf, Emulator } from "#core/explain/sums/candidate.ts";
import type { FactorRounding } from "#core/explain/sums/factors.ts";
import { planFamily } from "#core/explain/sums/family.ts";
import { gemmProblem, matMulProblem } from "#core/explain/sums/matrix-problem.ts";
import type { SumProblem } from "#core/explain/sums/problem.ts";
import { convProblem } from "#core/explain/sums/window-problem.ts";
import { explainSum } from "#core/explain/sums/explain-sum.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import { Operands } from "#core/explain/sums/operands.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { explainedSource } from "./explained-side.ts";
import { tensor } from "./tensors.ts";
import type { OneNode } from "./one-node.ts";

/** Runtimes that are made up: they compute a node in one of the orders that are known. */

const NOTHING = explainedSource("CPU", []);

export function problemOf(node: OneNode): SumProblem {
  const call = new Operands({ ...node, reference: NOTHING, other: NOTHING });
  if (node.node.op === "Conv") return convProblem(call);
  return node.node.op === "Gemm" ? gemmProblem(call) : matMulProblem(call);
}

/** The first candidate whose description holds all the words. */
export function candidate(
  node: OneNode,
  words: string,
  { fused = false, rounding = "none" as FactorRounding } = {},
): Candidate {
  const found = candidatesOf(planFamily(problemOf(node)), [rounding], problemOf(node).alpha).find(
    (each) => each.fused === fused && each.plan.description.includes(words),
  );
  if (!found) throw new Error(`no order is described with ${JSON.stringify(words)}`);
  return found;
}

export function emulate(node: OneNode, by: Candidate): Float32Array {
  const problem = problemOf(node);
  const emulator = new Emulator(problem);
  return Float32Array.from({ length: problem.elements }, (_, index) => {
    emulator.take(index, by.plan.layout, by.rounding);
    return emulator.value(index, by);
  });
}

interface Told {
  readonly sources?: readonly [string, string];
  readonly tf32?: readonly [boolean, boolean];
}

export function explainArrays(
  node: OneNode,
  reference: Float32Array,
  other: Float32Array,
  { sources = ["CPU", "WASM"], tf32 = [false, false] }: Told = {},
): Explanation | null {
  const output = (numbers: Float32Array): TensorValue => tensor("float32", [numbers.length], numbers);
  const request: NodeRequest = {
    ...node,
    reference: explainedSource(sources[0], [output(reference)], tf32[0]),
    other: explainedSource(sources[1], [output(other)], tf32[1]),
  };
  return explainSum(request);
}

/** Moves some elements by one ULP, up or down at random. */
export function nudged(numbers: Float32Array, share: number, next: () => number): Float32Array {
  const bits = new Uint32Array(numbers.slice().buffer);
  for (let at = 0; at < bits.length; at++) if (next() < share) bits[at] = bits[at]! + (next() < 0.5 ? 1 : -1);
  return new Float32Array(bits.buffer);
}
