import type { Explanation } from "../explanation.ts";
import { gravestOf } from "../gravity.ts";
import type { NodeRequest } from "../request.ts";
import { differingIndices, type Elements, isAlike, readElements } from "../../tensors/read-elements.ts";
import { undeterminedNote } from "../evidence/sum-cause.ts";
import { tryAnalysis } from "../call.ts";
import { Gathering } from "./gathering.ts";
import { type BySource, bySource, SOURCE_ROLES, type SourceRole } from "../sources.ts";
import { GROSSLY_WRONG, grossSource } from "./gross.ts";
import { judgesOf } from "./index.ts";
import { givenBy, type Judgement, type OutputJudge, possible } from "./judge.ts";
import type { Gross } from "./jury.ts";
import { narrowedJudge } from "./narrowed.ts";
import { isJudgeSuspected, JUDGE_SUSPECTED } from "./judge-suspected.ts";
import { nonFiniteExcuse } from "./non-finite.ts";
import { findOrders, SEARCHED_ELEMENTS } from "./order-search.ts";
import { otherBitsNote, sameNumber } from "./rounded-once.ts";

/**
 * Explains an operator that is not a matrix product. Each differing element is judged on each source separately:
 * - wrong on a source: WRONG_RESULT, regardless of the other source.
 * - legitimate for a known reason (e.g. an approximation within its limit, a flushed subnormal): that cause.
 * - within the error bound: a summation order is searched for that reproduces both sources' bits. The difference
 *   between the two orders is the cause (SUMMATION_ORDER, FUSED_MULTIPLY_ADD or WIDER_ACCUMULATION), or UNDETERMINED if
 *   the elements do not prove it. Without such an order the element is UNEXPLAINED: a result within the bound may be
 *   correct, but that does not explain the difference. Only for an approximated function is the approximation itself the
 *   cause, because each runtime has its own and none guarantees bits.
 * @returns null where no bit differs
 */
export function explainOperator(request: NodeRequest): Explanation | null {
  const findings = new Gathering(request);
  const outputs = Math.max(request.reference.outputs.length, request.other.outputs.length);
  let differs = false;
  const judges = tryAnalysis(
    () => judgesOf(request),
    (reason) => {
      findings.note(reason);
      return [];
    },
  );
  let offset = 0;
  for (let at = 0; at < outputs; at++) {
    const [reference, other] = [request.reference.outputs[at] ?? null, request.other.outputs[at] ?? null];
    if (reference === null && other === null) continue;
    if (reference === null || other === null) {
      findings.note(`Only one side returned output ${at}.`);
      continue;
    }
    const [left, right] = [readElements(reference), readElements(other)];
    const differing = differingIndices(left, right);
    if (differing.length > 0) {
      differs = true;
      explainOutput({ request, output: at, judge: judges[at] ?? null, left, right, differing, offset }, findings);
    }
    offset += Math.max(left.length, right.length);
  }
  return differs ? findings.explanation() : null;
}

interface DifferingOutput {
  readonly request: NodeRequest;
  readonly output: number;
  readonly judge: OutputJudge | null;
  readonly left: Elements;
  readonly right: Elements;
  readonly differing: readonly number[];
  /** Number of elements in the node's earlier outputs. */
  readonly offset: number;
}

function explainOutput(output: DifferingOutput, findings: Gathering): void {
  const { request, judge, left, right, differing, offset } = output;
  if (!isAlike(left, right)) {
    findings.note(
      `The reference returned ${left.type} [${left.dims.join(", ")}], the other ${right.type} [${right.dims.join(", ")}].`,
    );
    for (const index of differing) findings.account(offset + index, "UNEXPLAINED");
    return;
  }
  const fits = judge !== null && (judge.dims === null || judge.dims.join() === left.dims.join());
  if (judge !== null && !fits)
    findings.note(`The output has shape [${left.dims.join(", ")}]; expected: [${judge.dims!.join(", ")}].`);
  const gross = grossSource(request, output.output, left, right);
  const sources = { reference: left, other: right };
  const sourceValues = (index: number): BySource<number> => bySource((role) => sources[role].numbers[index]!);
  if (judge === null || !fits) {
    for (const index of differing) {
      if (gross === null) findings.account(offset + index, "UNEXPLAINED");
      else accountGross(gross, sourceValues(index), offset + index, findings);
    }
    return;
  }
  const narrow = bySource((role) => narrowedJudge(request, request[role], output.output, sources[role]));
  const excuse = nonFiniteExcuse(request, output.output, judge);
  const judgeSource = (role: SourceRole, index: number): Judgement => {
    const given = givenBy(request[role], sources[role], index);
    const judgement = tryAnalysis<Judgement>(() => judge.judge(index, given), possible);
    if (judgement.verdict !== "wrong") return judgement;
    return narrow[role]?.(index, judgement) ?? excuse?.(index, judgement, given) ?? judgement;
  };
  const open: number[] = [];
  for (const index of differing) {
    const judged = bySource((role) => judgeSource(role, index));
    const values = sourceValues(index);
    if (isJudgeSuspected(judged, values)) {
      findings.account(offset + index, "UNEXPLAINED");
      findings.note(JUDGE_SUSPECTED);
      continue;
    }
    if (gross !== null && SOURCE_ROLES.every((role) => isUnbounded(judged[role]))) {
      accountGross(gross, values, offset + index, findings);
      continue;
    }
    for (const role of SOURCE_ROLES) findings.saw(role, judged[role], offset + index, values[role]);
    if (!settle(judged, offset + index, values, findings)) open.push(index);
  }
  if (judge.bound) findings.bounded(judge.bound, left);
  if (open.length > 0) explainByOrder(output, judge, open, findings);
}

function accountGross({ role, note }: Gross, values: BySource<number>, index: number, findings: Gathering): void {
  findings.saw(role, GROSSLY_WRONG, index, values[role]);
  findings.account(index, "WRONG_RESULT");
  findings.note(note);
}

/** At most a range was checked. */
function isUnbounded(judgement: Judgement): boolean {
  return judgement.verdict === "possible" && judgement.share === undefined;
}

/** @returns false if both sources may be right and the cause is still open */
function settle(judged: BySource<Judgement>, index: number, values: BySource<number>, findings: Gathering): boolean {
  const both = [judged.reference, judged.other];
  if (both.some(({ verdict }) => verdict === "wrong")) {
    findings.account(index, "WRONG_RESULT");
    // The other source may have lost the same NaN for a known reason.
    for (const each of both) if (each.verdict === "legitimate") findings.note(each.note);
    return true;
  }
  const legitimate = both.filter((each) => each.verdict === "legitimate");
  // If each source has its own reason, the more severe one counts.
  const cause = gravestOf(legitimate.map((each) => each.cause));
  const named = legitimate.find((each) => each.cause === cause);
  const open = both.some(({ verdict }) => verdict === "possible");
  if (named && !open) {
    findings.account(index, named.cause);
    findings.note(named.note);
    return true;
  }
  // Two different numbers may both be correct if a judge only knows which ones are possible.
  if (open || !sameNumber(values.reference, values.other)) return false;
  findings.account(index, "SPECIAL_VALUE");
  findings.note(otherBitsNote(values.reference));
  return true;
}

function explainByOrder(
  { left, right, offset }: DifferingOutput,
  judge: OutputJudge,
  open: readonly number[],
  findings: Gathering,
): void {
  const orders = judge.orders ?? [];
  const affordable = orders.length * SEARCHED_ELEMENTS * (judge.orderCost ?? 1) <= MOST_ADDITIONS;
  if (!affordable) findings.note("Its sums are too long to search for their order.");
  const found = affordable && orders.length > 0 ? findOrders(orders, left.numbers, right.numbers, open) : null;
  for (const index of open) findings.account(offset + index, found?.reproduces(index) ? found.cause : "UNEXPLAINED");
  if (found) {
    if (found.cause === "UNDETERMINED") {
      findings.remain(found.consistentWith);
      findings.note(undeterminedNote(found.consistentWith));
    }
    findings.hypothesis ??= found.hypothesis;
    if (found.verified < left.length)
      findings.note(`The summation orders were checked on ${found.verified} of ${left.length} elements.`);
  } else if (judge.bound && affordable) {
    findings.note("Both sides are within the error bound; no summation order tried reproduces their bits.");
  }
}

/** Limits a search to a second or two, so that it does not block a Worker. */
const MOST_ADDITIONS = 1e8;
