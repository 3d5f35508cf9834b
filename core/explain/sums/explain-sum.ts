import { tryAnalysis, NotAnalysed } from "../call.ts";
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
import type { SumProblem } from "./problem.ts";
import { type BySource, bySource, isProcessor, SOURCE_ROLES } from "../sources.ts";
import { convProblem } from "./window-problem.ts";

/** The operators that are sums of products, each with the products that an element adds. */
export const SUMS: ReadonlyMap<string, (given: Operands) => SumProblem> = new Map([
  ["Conv", convProblem],
  ["FusedConv", convProblem],
  ["Gemm", gemmProblem],
  ["FusedGemm", gemmProblem],
  ["MatMul", matMulProblem],
  ["FusedMatMul", matMulProblem],
]);

export function isSum(op: string): boolean {
  return SUMS.has(op);
}

/**
 * Explains why a Conv, Gemm or MatMul differs between two sources: searches for one hypothesis that reproduces both
 * sources' bits, and checks both against the error bound.
 * @returns null where no bit differs
 */
export function explainSum(request: NodeRequest): Explanation | null {
  const outputs = bySource((role) => request[role].outputs[0] ?? null);
  if (outputs.reference === null || outputs.other === null) return null;
  const [reference, other] = [readElements(outputs.reference), readElements(outputs.other)];
  const differing = differingIndices(reference, other);
  if (differing.length === 0) return null;
  return tryAnalysis(
    () => explained(problemOf(request), request, { reference, other }, differing),
    (reason) => unexplained(request, differing, reason),
  );
}

function problemOf(request: NodeRequest): SumProblem {
  const problem = SUMS.get(request.node.op);
  if (problem === undefined) throw new NotAnalysed(`${request.node.op} is not a Conv, Gemm or MatMul.`);
  return problem(new Operands(request));
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
  for (const role of SOURCE_ROLES) {
    if (outputs[role].length === problem.elements && outputs[role].type === problem.type) continue;
    const { type, length } = outputs[role];
    throw new NotAnalysed(
      `The ${role}'s output has ${length} ${type} elements, not ${problem.elements} of ${problem.type}.`,
    );
  }
  if (!isAlike(outputs.reference, outputs.other)) {
    const [reference, other] = SOURCE_ROLES.map((role) => `[${outputs[role].dims.join(", ")}]`);
    throw new NotAnalysed(`The reference's output has shape ${reference}, the other's ${other}.`);
  }
  const results = bySource((role) => outputs[role].numbers);
  const sources = bySource((role) => request[role]);
  const emulated = problem.type === "float32" && problem.terms > 0;
  const first = arithmeticOf(problem, sources, null);
  const held = judge(problem, first, results, differing);
  const judged = emulated ? findHypothesis(problem, sources, results, differing, fewWrong(held)) : null;
  const accepted = judged?.accepted ?? null;
  const arithmetic = arithmeticOf(problem, sources, accepted?.settled ? accepted : null);
  const verdict = isSame(first, arithmetic) ? held : judge(problem, arithmetic, results, differing);
  return explanationOf(account(problem, results, differing, judged, verdict, arithmetic), request, {
    consistentWith: accepted?.consistentWith ?? [],
    hypothesis: judged?.best ?? null,
    bound: verdict.bound,
    wrong: verdict.wrong,
    notes: notesOf(problem, judged, verdict, arithmetic),
  });
}

/** What is known about each source's arithmetic, before and after a hypothesis is accepted. */
function arithmeticOf(
  { normwise }: SumProblem,
  sources: BySource<ExplainedSource>,
  accepted: Judged["accepted"],
): BySource<Arithmetic> {
  return bySource((role) => {
    const processor = isProcessor(sources[role]);
    return {
      tf32: sources[role].tf32 || (accepted !== null && isTf32(accepted.pair[role].rounding)),
      narrow: accepted?.pair[role].rounding === "float16",
      flushes: !processor,
      // If direct evaluation reproduces the bits, no transform ran.
      transforms: !processor && normwise !== null && accepted === null,
      strict: processor,
    };
  });
}

function isSame(left: BySource<Arithmetic>, right: BySource<Arithmetic>): boolean {
  const facts = ["tf32", "narrow", "transforms"] as const;
  return SOURCE_ROLES.every((role) => facts.every((fact) => left[role][fact] === right[role][fact]));
}

/** Elements outside the bound; none if they are most of the node, which may have been computed in fewer bits. */
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
