import { formatOf } from "./approximated.ts";
import { type Call, NotAnalysed } from "../call.ts";
import { type Operator, type OutputJudge, possible } from "./judge.ts";
import { outsideOf } from "./within.ts";

/* Recurrent operators are not evaluated. Their gates bound the outputs for any inputs, and only that is checked. */

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

/** @param reach the largest magnitude of the output's elements */
function bounded(call: Call, reach: number): OutputJudge {
  const format = formatOf(call.input(0));
  return {
    dims: null,
    judge: (_, given) =>
      outsideOf(call.node.op, format, [-reach * SLACK, reach * SLACK], null, given.value) ?? possible(RANGE_ONLY),
  };
}

function largestOf(call: Call, input: number): number {
  if (!call.has(input)) return 0;
  return call.input(input).numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
}

/** A GRU mixes its last state with an activation; an RNN's state is an activation; an LSTM's is a product of two. */
const gatedState: Operator = (call) => {
  checkActivations(call);
  const state = bounded(call, call.node.op === "GRU" ? Math.max(1, largestOf(call, 5)) : 1);
  // The cell grows by at most 1 per step.
  const steps = call.input(0).dims[call.int("layout", 0) === 1 ? 1 : 0] ?? 0;
  return [state, state, bounded(call, largestOf(call, 6) + steps)];
};

export const RECURRENT: Readonly<Record<string, Operator>> = { GRU: gatedState, LSTM: gatedState, RNN: gatedState };
