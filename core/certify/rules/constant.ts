import type { Call } from "../call.ts";
import { integers, valueOf } from "../constants.ts";
import { outcome, type Outcome } from "../outcome.ts";
import { refuse } from "../refusal.ts";
import { constantValue, type Value } from "../value.ts";
import type { OperatorRules } from "../operator-rule.ts";

/** A Constant node, in each of the forms that hold numbers. */
function constant(call: Call): Outcome {
  call.allow("value", "value_float", "value_floats", "value_int", "value_ints");
  return outcome(read(call), "a constant");
}

function read(call: Call): Value {
  if (call.node.attributes.size !== 1) refuse("It has several values; runtimes differ in which one they use.");
  const tensor = call.attribute("value", "tensor");
  if (tensor !== null) return valueOf(tensor);
  if (call.attribute("value_float", "float") !== null)
    return constantValue(Float32Array.of(call.real("value_float", 0)), []);
  if (call.attribute("value_int", "int") !== null) return integers([call.int("value_int", 0)], []);
  const floats = call.attribute("value_floats", "floats");
  if (floats !== null) return constantValue(Float32Array.from(floats), [floats.length]);
  const ints = call.ints("value_ints");
  return ints === null ? refuse("It does not hold numbers.") : integers(ints, [ints.length]);
}

export const CONSTANT: OperatorRules = {
  Constant: { rule: constant, rows: "not followed" },
};
