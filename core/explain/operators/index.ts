import type { GraphNode } from "../../onnx/graph.ts";
import { Call, tryAnalysis, NotAnalysed } from "../call.ts";
import type { NodeRequest } from "../request.ts";
import { FUNCTIONS } from "./approximated.ts";
import { ATTENTION } from "./attention.ts";
import { cast } from "./cast.ts";
import { COMPARING } from "./comparing.ts";
import { EIGHT_BITS } from "./eight-bits.ts";
import type { Operator, OutputJudge } from "./judge.ts";
import { MOVES } from "./moves.ts";
import { NORMALISING } from "./normalising.ts";
import { PACKED_WEIGHTS } from "./packed-weights.ts";
import { POWER } from "./power.ts";
import { PRODUCT_SUMS } from "./product-sums.ts";
import { RECURRENT } from "./recurrent.ts";
import { REDUCTIONS } from "./reductions.ts";
import { RESIZING } from "./resizing.ts";
import { ROTARY } from "./rotary.ts";
import { ROUNDED } from "./rounded.ts";
import { SCATTERING } from "./scattering.ts";
import { SELECTING } from "./selecting.ts";
import { SOFTMAX } from "./softmax.ts";
import { topK } from "./top-k.ts";
import { UNPOOLING } from "./unpooling.ts";

type Judges = Readonly<Record<string, Operator>>;

/** Every operator with a judge, by what its results are held to. */
export const JUDGED: Readonly<Record<string, Judges>> = {
  "copies of inputs": { ...MOVES, ...UNPOOLING },
  "one of the inputs": { ...SELECTING, TopK: topK },
  "one rounding": { ...ROUNDED, ...COMPARING, Cast: cast, CastLike: cast },
  "the accuracy and range of a function": { ...FUNCTIONS, ...POWER },
  "a bound on sums": { ...REDUCTIONS, ...PRODUCT_SUMS, ...SCATTERING, ...PACKED_WEIGHTS },
  "a bound on several roundings": { ...NORMALISING, ...SOFTMAX, ...ROTARY, ...RESIZING, ...RECURRENT },
  "eight-bit arithmetic": EIGHT_BITS,
  "a range only": ATTENTION,
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map(Object.values(JUDGED).flatMap((each) => Object.entries(each)));

/** Domains whose operators are identified by name alone: ONNX's own, and ONNX Runtime's, which reuses no name. */
const DOMAINS: ReadonlySet<string> = new Set(["", "ai.onnx", "com.microsoft"]);

export function operatorOf({ domain, op }: GraphNode): Operator | null {
  return DOMAINS.has(domain) ? (OPERATORS.get(op) ?? null) : null;
}

/**
 * One judge per output of a node.
 * @throws NotAnalysed if its correct results are not known
 */
export function judgesOf(request: NodeRequest): readonly (OutputJudge | null)[] {
  const { op, domain } = request.node;
  const operator = operatorOf(request.node);
  if (operator === null)
    throw new NotAnalysed(
      `${op}${domain === "" ? "" : ` of ${domain}`} is not analysed: its correct results are not known.`,
    );
  return [operator(new Call(request))].flat();
}

/** The judge of one output with other inputs; null if its correct results are not known. */
export function judgeWith(request: NodeRequest, inputs: NodeRequest["inputs"], output: number): OutputJudge | null {
  return tryAnalysis(
    () => judgesOf({ ...request, inputs })[output] ?? null,
    () => null,
  );
}
