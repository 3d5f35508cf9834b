import type { Elements } from "../../tensors/read-elements.ts";
import { formatOf } from "./approximated.ts";
import { Arithmetic, type Estimate } from "./arithmetic.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type Given, type Operator, type OutputJudge, possible } from "./judge.ts";
import { evaluated, type States } from "./recurrent-steps.ts";
import { judgeWithin, outsideOf } from "./within.ts";

/*
 * Recurrent operators with default activations are evaluated with a bound. Of the others, and of long ones, only the range
 * is checked: the gates bound the outputs for any inputs.
 */

const RANGE_ONLY = "Only the range of a recurrent operator's outputs is checked.";
/** An output is rounded a few times after its activation, which may itself leave its range by a few ULP. */
const SLACK = 1 + 2 ** -20;

/** Activations with limits 1 and 0 or -1. */
const SATURATING: ReadonlySet<string> = new Set(["sigmoid", "hardsigmoid", "tanh", "softsign"]);

/** @throws NotAnalysed for an activation without a range */
function checkActivations(call: Call): void {
  const attribute = call.node.attributes.get("activations");
  const names = attribute?.kind === "strings" ? attribute.value.map((each) => String.fromCharCode(...each)) : [];
  const unbounded = names.find((name) => !SATURATING.has(name.toLowerCase()));
  if (unbounded !== undefined)
    throw new NotAnalysed(`A ${call.node.op} with the activation ${unbounded} has no range to check.`);
}

const FORMULA = "products, activations and gates of every step, combined by running error analysis (sect. 3.3)";
/** Products of an evaluation that takes about a second. */
const MOST_PRODUCTS = 2e7;

/**
 * @param reach the largest magnitude of the output's elements
 * @param states all outputs of a correct evaluation; null if it is not known
 */
function bounded(call: Call, output: number, reach: number, states: StatesOf | null): OutputJudge {
  const format = formatOf(call.input(0));
  return {
    dims: null,
    ...(states !== null && { bound: { formula: FORMULA, n: call.input(1).dims[2]! + call.input(2).dims[2]! } }),
    judge: (index, given) => {
      const outside = outsideOf(call.node.op, format, [-reach * SLACK, reach * SLACK], null, given.value);
      if (outside !== null || states === null) return outside ?? possible(RANGE_ONLY);
      return judgeWithin(format, states(given)[output]![index] ?? UNKNOWN, given, null);
    },
  };
}

const UNKNOWN: Estimate = Object.freeze({ value: 0, error: Infinity });

type StatesOf = (given: Given) => States;

/** Null for attributes and inputs that are not evaluated. */
function statesOf(call: Call): StatesOf | null {
  const [x, weights, recurrent] = [call.input(0), call.input(1), call.input(2)];
  const [steps = 0, batch = 0] = x.dims;
  const hidden = recurrent.dims[2]!;
  const isPlain = ["activations", "clip"].every((name) => !call.node.attributes.has(name));
  const hasMore = call.has(4) || call.has(7) || call.int("layout", 0) !== 0 || call.int("input_forget", 0) !== 0;
  const products = steps * batch * (weights.length + recurrent.length);
  if (!isPlain || hasMore || products > MOST_PRODUCTS) return null;
  const kept = new Map<string, States>();
  const [bias, firstState, firstCell] = [3, 5, 6].map((at) => (call.has(at) ? call.input(at) : null)) as [
    Elements | null,
    Elements | null,
    Elements | null,
  ];
  const recurrence = { op: call.node.op, steps, batch, hidden, x, weights, recurrent, bias, firstState, firstCell };
  const direction = call.text("direction", "forward");
  const resetLast = call.int("linear_before_reset", 0) !== 0;
  return ({ dialect, tf32 }) => {
    const key = `${dialect} ${tf32}`;
    const arithmetic = new Arithmetic(formatOf(x), dialect);
    const states = kept.get(key) ?? evaluated(arithmetic, { ...recurrence, direction, resetLast, tf32 });
    kept.set(key, states);
    return states;
  };
}

function largestOf(call: Call, input: number): number {
  if (!call.has(input)) return 0;
  return call.input(input).numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
}

/** A GRU mixes its last state with an activation; an RNN's state is an activation; an LSTM's is a product of two. */
const gatedState: Operator = (call) => {
  checkActivations(call);
  const states = statesOf(call);
  const reach = call.node.op === "GRU" ? Math.max(1, largestOf(call, 5)) : 1;
  // The cell grows by at most 1 per step.
  const steps = call.input(0).dims[call.int("layout", 0) === 1 ? 1 : 0] ?? 0;
  return [
    bounded(call, 0, reach, states),
    bounded(call, 1, reach, states),
    bounded(call, 2, largestOf(call, 6) + steps, states),
  ];
};

export const RECURRENT: Readonly<Record<string, Operator>> = { GRU: gatedState, LSTM: gatedState, RNN: gatedState };
