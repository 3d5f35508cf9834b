import { Call } from "#core/certify/call.ts";
import type { CertifyOptions } from "#core/certify/certify.ts";
import { FRESH } from "#core/certify/history.ts";
import { EXACT_UNITS } from "#core/certify/limits.ts";
import { outcome, type Outcome, type Rule } from "#core/certify/outcome.ts";
import { finished, range } from "#core/certify/range.ts";
import { RULES } from "#core/certify/rules/index.ts";
import type { FloatValue, Value } from "#core/certify/value.ts";

type Change = (rule: Rule) => Rule;

/** The real rules with some of them changed. */
function rulesWith(ops: readonly string[], change: Change): CertifyOptions {
  return { rules: new Map([...RULES].map(([op, rule]) => [op, ops.includes(op) ? change(rule) : rule])) };
}

/** A rule that sees its inputs otherwise than they are. */
function seeing(inputs: (call: Call) => readonly (Value | null)[], exactUnits = EXACT_UNITS): Change {
  return (rule) => (call) => rule(new Call(call.node, call.opset, exactUnits, inputs(call)));
}

/** A rule whose float outputs are claimed to be otherwise than it says. */
function claiming(change: (value: FloatValue, call: Call) => FloatValue): Change {
  return (rule) => (call) => {
    const result = rule(call);
    return {
      ...result,
      outputs: result.outputs.map((value) => (value.kind === "float" ? change(value, call) : value)),
    } satisfies Outcome;
  };
}

const everyFloat = (call: Call, change: (value: FloatValue) => FloatValue): (Value | null)[] =>
  call.inputs.map((value) => (value?.kind === "float" ? change(value) : value));

const first = (call: Call): FloatValue => call.inputs[0] as FloatValue;
const ALL = [...RULES.keys()];

type RuleSets = Readonly<Record<string, CertifyOptions>>;

/** Rule sets that each leave out one thing the theorem asks for, by which a backend's bits go wrong. */
export const FOUND_BY_BITS: RuleSets = {
  "sums up to twice the limit": { exactUnits: 2 * EXACT_UNITS },
  "the sign of zero ignored": rulesWith(
    ALL,
    claiming((value) => ({ ...value, negativeZero: null })),
  ),
  "an added 0 taken to settle the sign of zero": rulesWith(
    ["Add"],
    claiming((value, call) => ({
      ...value,
      negativeZero: call.float(0).negativeZero !== null && call.float(1).negativeZero !== null ? "both" : null,
    })),
  ),
  "a Pad before a pool ignored": rulesWith(
    ["Pad"],
    claiming((value) => ({ ...value, history: FRESH })),
  ),
  "the value of a Pad ignored": rulesWith(
    ["Pad"],
    claiming((value, call) => ({
      ...value,
      ranges: first(call).ranges.length === value.ranges.length ? first(call).ranges : value.ranges,
    })),
  ),
  "an Add after a sum bounded on its own": rulesWith(
    ["Add", "Sub", "Sum"],
    seeing((call) => everyFloat(call, (value) => ({ ...value, ranges: value.ranges.map(finished) }))),
  ),
  "an Add not bounded at all": rulesWith(
    ["Add", "Sub", "Sum"],
    seeing((call) => call.inputs, Infinity),
  ),
  "the scales of zeros ignored": rulesWith(
    ["Mul", "Gemm"],
    claiming((value) => ({ ...value, history: { ...value.history, scales: FRESH.scales } })),
  ),
};

/** Rule sets that claim what is not so of some tensor, whether or not a backend's bits show it. */
export const FOUND_BY_CLAIMS: RuleSets = {
  "sums up to twice the limit": FOUND_BY_BITS["sums up to twice the limit"]!,
  "the value of a Pad ignored": FOUND_BY_BITS["the value of a Pad ignored"]!,
  "an Add after a sum bounded on its own": FOUND_BY_BITS["an Add after a sum bounded on its own"]!,
  "sums up to 1.1 times the limit": { exactUnits: Math.floor(1.1 * EXACT_UNITS) },
  "the bias of a Conv ignored": rulesWith(["Conv"], (rule) => (call) => {
    const { outputs, ...rest } = rule(new Call(call.node, call.opset, call.exactUnits, call.inputs.slice(0, 2)));
    const settled = (value: Value): Value => (value.kind === "float" ? { ...value, negativeZero: null } : value);
    return { ...rest, outputs: call.inputs.length > 2 ? outputs.map(settled) : outputs };
  }),
  "the padding of a Conv ignored": rulesWith(["Conv"], (rule) => (call) => {
    const attributes = new Map(call.node.attributes);
    const dims = rule(call).outputs;
    attributes.delete("pads");
    attributes.delete("auto_pad");
    const bare = rule(new Call({ ...call.node, attributes }, call.opset, call.exactUnits, call.inputs));
    return {
      ...bare,
      outputs: bare.outputs.map((value, at) => ({ ...(value as FloatValue), dims: (dims[at] as FloatValue).dims })),
    };
  }),
  "an average not bounded by its sum": rulesWith(
    ["AveragePool", "GlobalAveragePool"],
    seeing((call) => call.inputs, Infinity),
  ),
  "the grid not made finer by an average": rulesWith(
    ["AveragePool", "GlobalAveragePool"],
    claiming((value, call) => ({
      ...value,
      ranges: value.ranges.map(({ lo, hi, terms }) => range(first(call).ranges[0]!.exponent, lo, hi, terms)),
    })),
  ),
  "the grid not made finer by a scale": rulesWith(
    ["Mul"],
    claiming((value) => ({
      ...value,
      ranges: value.ranges.map(({ exponent, lo, hi, terms }) =>
        range(exponent + 1, Math.floor(lo / 2), Math.ceil(hi / 2), terms / 2),
      ),
    })),
  ),
  "channels distinguished in the wrong order": rulesWith(
    ["Concat", "Gather", "Slice"],
    claiming((value) => ({ ...value, ranges: value.ranges.toReversed() })),
  ),
  "intervals without their lower end": rulesWith(
    ["Conv", "Gemm", "MatMul"],
    claiming((value) => ({
      ...value,
      ranges: value.ranges.map(({ exponent, hi, terms }) => range(exponent, Math.min(0, hi), hi, terms)),
    })),
  ),
  "tables of integers read as lists": rulesWith(["Concat"], (rule) => (call) => {
    if (!call.inputs.every((value) => value?.kind === "integers")) return rule(call);
    const elements = call.inputs.flatMap((_, index) => call.integers(index).elements);
    return outcome({ kind: "integers", dims: [elements.length], elements }, "elements only change their places");
  }),
};
