import type { BackendId } from "#core/backends.ts";
import type { Cause, Explanation } from "#core/explain/explanation.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { ask } from "./ask.ts";
import { allowanceOf } from "./fault-allowances.ts";
import { FAULT_OPERATORS, faultCase, hash } from "./fault-cases.ts";
import { FAULTS, inject, stepOf } from "./faults.ts";
import { type OneNode, runAlone } from "./one-node.ts";
import { generator } from "./operator-cases.ts";
import { tensor } from "./tensors.ts";

/** Whose output is doctored. CUDA runs nowhere here: native CPU's output stands for it, judged as CUDA's. */
export type FaultySource = Extract<BackendId, "WASM" | "WEBGPU" | "CUDA">;
const PROVIDERS = { WASM: "wasm", WEBGPU: "webgpu", CUDA: "cpu" } as const;

export type FaultOutcome =
  /** Headed WRONG_RESULT. */
  | "wrong"
  /** Headed UNEXPLAINED. */
  | "unexplained"
  /** Every changed element lies within the operator's allowance and 1 ULP, so that it cannot be told from a right one. */
  | "indistinguishable"
  /** Headed as a fault, but fewer elements count as faulty than were made so. */
  | "undercounted"
  /** Headed by a benign cause, though an element lies further off. */
  | "benign";

export interface InjectedFault {
  readonly operator: string;
  readonly fault: string;
  readonly source: FaultySource;
  readonly outcome: FaultOutcome;
  readonly explanation: Explanation | null;
}

/** A node with its outputs: native CPU's, and the faulty source's for three inputs. */
interface Answers {
  readonly node: OneNode;
  readonly reference: readonly TensorValue[];
  readonly given: readonly TensorValue[];
  readonly stale: TensorValue;
  readonly cut: TensorValue;
}

export interface FaultPlan {
  readonly source: FaultySource;
  readonly seed: number;
  /** Which faults are injected into which operator; absent: all of them. */
  readonly takes?: (operator: number, fault: number) => boolean;
  readonly explain?: typeof ask;
}

/** Injects one fault at a time into an operator's real output, and asks why it differs from native CPU's as it is. */
export function injectFaults({ source, seed, takes = () => true, explain = ask }: FaultPlan): {
  readonly injected: readonly InjectedFault[];
  /** Operators that the source does not run. */
  readonly missing: readonly string[];
} {
  const injected: InjectedFault[] = [];
  const missing: string[] = [];
  const kinds = Object.keys(FAULTS);
  const operators = FAULT_OPERATORS.filter((_, place) => kinds.some((_fault, kind) => takes(place, kind)));
  for (const [at, answers] of answersOf(operators, source, seed).entries()) {
    const operator = operators[at]!;
    const place = FAULT_OPERATORS.indexOf(operator);
    if (answers === null) {
      missing.push(operator);
      continue;
    }
    for (const [kind, fault] of kinds.entries()) {
      if (!takes(place, kind)) continue;
      const random = generator(hash(`${operator} ${fault} ${source} ${seed}`));
      const [output] = answers.given;
      const doctored = inject(fault, { ...answers, output: output!, random });
      if (doctored === null) continue;
      const { node, reference } = answers;
      const faultySide = [doctored, ...answers.given.slice(1)];
      const explanation =
        random() < 0.5
          ? explain(node, reference, faultySide, ["CPU", source])
          : explain(node, faultySide, reference, [source, "CPU"]);
      const faulty = faultyElements(node, source, output!, doctored);
      injected.push({ operator, fault, source, outcome: outcomeOf(explanation, faulty), explanation });
    }
  }
  return { injected, missing };
}

function answersOf(operators: readonly string[], source: FaultySource, seed: number): readonly (Answers | null)[] {
  const nodes = operators.map((operator) => faultCase(operator, seed));
  const withFirst = (node: OneNode, first: TensorValue): OneNode => ({
    ...node,
    inputs: [first, ...node.inputs.slice(1)],
  });
  const other = operators.map((operator) => faultCase(operator, seed + 1000).inputs[0]!);
  const stale = nodes.map((node, at) => withFirst(node, other[at]!));
  const cut = nodes.map((node) => withFirst(node, cutShort(node.inputs[0]!)));
  const reference = runAlone(nodes, { provider: "cpu" });
  const faulty = runAlone([...nodes, ...stale, ...cut], { provider: PROVIDERS[source] });
  return nodes.map((node, at) => {
    const [right, given, old, short] = [reference[at]!, ...[0, 1, 2].map((part) => faulty[part * nodes.length + at]!)];
    if (right instanceof Error) throw right;
    if (given instanceof Error || !(old && short) || old instanceof Error || short instanceof Error) return null;
    return { node, reference: right, given: given!, stale: old[0]!, cut: short[0]! };
  });
}

/** The last quarter of the axis that sums run over set to zero: channels of an image, otherwise the last axis. */
function cutShort(input: TensorValue): TensorValue {
  const { numbers, type } = readElements(input);
  const axis = input.dims.length === 4 ? 1 : input.dims.length - 1;
  const size = input.dims[axis]!;
  const inner = input.dims.slice(axis + 1).reduce((product, each) => product * each, 1);
  const kept = Math.floor(size * 0.75);
  return tensor(
    type,
    input.dims,
    numbers.map((number, at) => (Math.floor(at / inner) % size < kept ? number : 0)),
  );
}

/** Elements that lie beyond the operator's allowance and 1 ULP. */
function faultyElements(node: OneNode, source: FaultySource, given: TensorValue, doctored: TensorValue): number {
  const [before, after] = [readElements(given).numbers, readElements(doctored).numbers];
  const allowance = allowanceOf(node, source);
  const isFaulty = (at: number): boolean => {
    const [right, value] = [before[at]!, after[at]!];
    if (right === value) return false;
    if (!Number.isFinite(value)) return true;
    const [exact, error] = allowance === null ? [right, 0] : [allowance.exact[at]!, allowance.error[at]!];
    return Math.abs(value - exact) > error + stepOf(given.type, right);
  };
  return [...before.keys()].filter(isFaulty).length;
}

const FAULTY_CAUSES: ReadonlySet<Cause> = new Set(["WRONG_RESULT", "UNEXPLAINED"]);

function outcomeOf(explanation: Explanation | null, faulty: number): FaultOutcome {
  if (faulty === 0) return "indistinguishable";
  if (explanation === null || !FAULTY_CAUSES.has(explanation.cause)) return "benign";
  const counted = explanation.causes.filter(({ cause }) => FAULTY_CAUSES.has(cause));
  if (counted.reduce((sum, { elements }) => sum + elements, 0) < faulty) return "undercounted";
  return explanation.cause === "WRONG_RESULT" ? "wrong" : "unexplained";
}
