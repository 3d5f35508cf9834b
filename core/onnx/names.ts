import type { Graph } from "./graph.ts";
import { quoted, rejectModel } from "./rejected.ts";

/**
 * Refuses a graph in which two values have the same name, because readers differ in which one they use. An input with the
 * name of a weight is that weight's declaration and allowed.
 * @throws ModelRejected naming the value
 */
export function checkNames({ inputs, weightInputs, initializers, nodes, outputs, valueInfo }: Graph): void {
  const defined = new Map<string, string>();
  for (const name of initializers.keys()) define(defined, name, "a weight");
  for (const { name } of inputs) define(defined, name, "an input");
  for (const { outputs: made, op } of nodes) {
    for (const name of made) if (name !== "") define(defined, name, `an output of a ${op} node`);
  }
  refuseTwice(weightInputs, "weight among the inputs");
  refuseTwice(outputs, "output");
  refuseTwice(valueInfo, "shape");
}

function define(defined: Map<string, string>, name: string, what: string): void {
  // Runtimes' C interfaces end a name at a NUL, which makes one name of two.
  if (name.includes("\0"))
    rejectModel(`The name ${quoted(name)} contains a NUL character. Export the model with other names.`);
  const earlier = defined.get(name);
  if (earlier !== undefined)
    rejectModel(
      `The value ${quoted(name)} is defined twice, as ${earlier} and as ${what}. Export the model with unique names for its values.`,
    );
  defined.set(name, what);
}

function refuseTwice(values: readonly { readonly name: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { name } of values) {
    if (seen.has(name))
      rejectModel(`The ${what} ${quoted(name)} is listed twice. Export the model with each one listed once.`);
    seen.add(name);
  }
}
