import { Unclaimed } from "../operators/call.ts";
import { Accounts, explanationOf } from "../outcome.ts";
import type { Explanation } from "../explanation.ts";
import type { ExplainedSource, NodeRequest } from "../request.ts";
import { differingIndices, type Elements, isAlike, readElements } from "../../tensors/read-elements.ts";
import { FLOAT_FORMATS, isSubnormal } from "../../tensors/float-format.ts";
import type { Arithmetic } from "./bound.ts";
import { isTf32 } from "./factors.ts";
import { findHypothesis, type Judged } from "./hypothesis.ts";
import { judge, type Verdict } from "./judge.ts";
import { gemmProblem, matMulProblem } from "./matrix-problem.ts";
import { Operands } from "./operands.ts";
import { notesOf } from "./notes.ts";
import { NoSum, type SumProblem } from "./problem.ts";
import { type BySource, bySource, isProcessor, SOURCE_ROLES } from "./source-roles.ts";
import { convProblem } from "./window-problem.ts";

/** True for the nodes that `explainSum` takes. */
export function isSum(op: string): boolean {
  return problemFor(op) !== null;
}

/**
 * Says why a Conv, Gemm or MatMul differs between two sides: reproduces both sides' bits by one hypothesis where there is
 * one, and holds both against the error bound of any correct evaluation.
 * @returns null where no bit differs
 */
export function explainSum(request: NodeRequest): Explanation | null {
  const outputs = bySource((side) => request[side].outputs[0] ?? null);
  if (outputs.reference === null || outputs.other === null) return null;
  const [reference, other] = [readElements(outputs.reference), readElements(outputs.other)];
  const differing = differingIndices(reference, other);
  if (differing.length === 0) return null;
  try {
    return explained(problemOf(request), request, { reference, other }, differing);
  } catch (error) {
    if (error instanceof NoSum || error instanceof Unclaimed) return unexplained(request, differing, error.message);
    throw error;
  }
}

function problemFor(op: string): ((given: Operands) => SumProblem) | null {
  switch (op) {
    case "Conv":
    case "FusedConv":
      return convProblem;
    case "Gemm":
    case "FusedGemm":
      return gemmProblem;
    case "MatMul":
    case "FusedMatMul":
      return matMulProblem;
    default:
      return null;
  }
}

function problemOf(request: NodeRequest): SumProblem {
  const make = problemFor(request.node.op);
  if (make === null) throw new NoSum(`${request.node.op} is no Conv, Gemm or MatMul.`);
  return make(new Operands(request));
}

function unexplained(request: NodeRequest, differing: readonly number[], note: string): Explanation {
  const accounts = new Accounts();
  for (const index of differing) accounts.add(index, "UNEXPLAINED");
  return explanationOf(accounts, request, { notes: [note] });
}

function explained(
  problem: SumProblem,
  request: NodeRequest,
  outputs: BySource<Elements>,
  differing: readonly number[],
): Explanation {
  for (const side of SOURCE_ROLES) {
    if (outputs[side].length === problem.elements && outputs[side].type === problem.type) continue;
    const { type, length } = outputs[side];
    throw new NoSum(`The ${side}'s output has ${length} ${type} elements, not ${problem.elements} of ${problem.type}.`);
  }
  if (!isAlike(outputs.reference, outputs.other)) {
    const [reference, other] = SOURCE_ROLES.map((side) => `[${outputs[side].dims.join(", ")}]`);
    throw new NoSum(`The reference's output has the shape ${reference}, and the other's ${other}.`);
  }
  const results = bySource((side) => outputs[side].numbers);
  const sides = bySource((side) => request[side]);
  const emulated = problem.type === "float32" && problem.terms > 0;
  const first = arithmeticOf(problem, sides, null);
  const held = judge(problem, first, results, differing);
  const judged = emulated ? findHypothesis(problem, sides, results, differing, fewWrong(held)) : null;
  const accepted = judged?.accepted ?? null;
  const arithmetic = arithmeticOf(problem, sides, accepted?.settled ? accepted : null);
  const verdict = isSame(first, arithmetic) ? held : judge(problem, arithmetic, results, differing);
  const accounts = account(problem, results, differing, judged, verdict, arithmetic);
  const hypothesis = judged?.best ?? null;
  return explanationOf(accounts, request, {
    consistentWith: judged?.accepted?.consistentWith ?? [],
    hypothesis,
    bound: verdict.bound,
    wrong: verdict.wrong,
    notes: notesOf(problem, judged, verdict, arithmetic),
  });
}

/** What is known of how each side computes, before a hypothesis is accepted and after. */
function arithmeticOf(
  { normwise }: SumProblem,
  sides: BySource<ExplainedSource>,
  accepted: Judged["accepted"],
): BySource<Arithmetic> {
  return bySource((side) => {
    const processor = isProcessor(sides[side]);
    return {
      tf32: sides[side].tf32 || (accepted !== null && isTf32(accepted.pair[side].rounding)),
      narrow: accepted?.pair[side].rounding === "float16",
      flushes: !processor,
      // What direct evaluation reproduces ran directly.
      transforms: !processor && normwise !== null && accepted === null,
      strict: processor,
    };
  });
}

function isSame(left: BySource<Arithmetic>, right: BySource<Arithmetic>): boolean {
  return SOURCE_ROLES.every((side) => {
    const [one, other] = [left[side], right[side]];
    return one.tf32 === other.tf32 && one.narrow === other.narrow && one.transforms === other.transforms;
  });
}

/** Elements beyond the bound; none where they are most of the node, which may have been computed in fewer bits. */
function fewWrong({ beyond, visited }: Verdict): Uint8Array {
  const wrong = beyond.reduce((count, each) => count + each, 0);
  return wrong < visited / 2 ? beyond : new Uint8Array(beyond.length);
}

function account(
  { type }: SumProblem,
  { reference, other }: BySource<Float64Array>,
  differing: readonly number[],
  judged: Judged | null,
  { beyond }: Verdict,
  arithmetic: BySource<Arithmetic>,
): Accounts {
  const accounts = new Accounts();
  const accepted = judged?.accepted ?? null;
  const format = FLOAT_FORMATS[type];
  const mayFlush = arithmetic.reference.flushes || arithmetic.other.flushes;
  for (const index of differing) {
    const [one, two] = [reference[index]!, other[index]!];
    if (Number.isNaN(one) && Number.isNaN(two)) accounts.add(index, "SPECIAL_VALUE");
    else if (accepted?.hits[index] === 1 && beyond[index] === 0) accounts.add(index, accepted.cause(index));
    else if (beyond[index] === 1) accounts.add(index, "WRONG_RESULT");
    else if (one === two) accounts.add(index, "SPECIAL_VALUE");
    else if (mayFlush && one * two === 0 && isSubnormal(format, one + two)) accounts.add(index, "SPECIAL_VALUE");
    else accounts.add(index, "UNEXPLAINED");
  }
  return accounts;
}
