import type { GraphNode } from "#core/onnx/graph.ts";
import { NodeAttributes } from "#core/onnx/node-attributes.ts";
import { unknownSize } from "./dims.ts";
import { refuse } from "./refusal.ts";
import type { ConstantValue, FloatValue, IntegerValue, Value } from "./value.ts";
import { zoneComplaint } from "./zone.ts";

/** One node and what is known about its inputs. Rules read a node only through this class, which refuses the rest. */
export class Call extends NodeAttributes {
  /** Sums of absolute values must stay below this many units. */
  readonly exactUnits: number;
  readonly inputs: readonly (Value | null)[];

  constructor(node: GraphNode, opset: number, exactUnits: number, inputs: readonly (Value | null)[]) {
    super(node, opset);
    this.exactUnits = exactUnits;
    this.inputs = inputs;
  }

  invalid(reason: string): never {
    return refuse(reason);
  }

  /** The symbol of an unknown size of its first output. */
  unknownSize(axis: number): string {
    return unknownSize(this.node.outputs[0]!, axis);
  }

  /** Refuses attributes that the rule does not handle: they might change what the node computes. */
  allow(...names: readonly string[]): void {
    const unknown = [...this.node.attributes.keys()].find((name) => !names.includes(name));
    if (unknown !== undefined) refuse(`Its attribute "${unknown}" is not supported by the rule for ${this.node.op}.`);
  }

  value(index: number): Value | null {
    return this.inputs[index] ?? null;
  }

  /** A tensor of any range, for nodes that do not compute with its values. */
  float(index: number): FloatValue {
    const value = this.value(index) ?? refuse(`Its input ${index} is missing.`);
    return value.kind === "float"
      ? value
      : refuse(`Its input ${this.#quoted(index)} holds ${typeName(value)}; the proof covers only float32.`);
  }

  /** A tensor to compute with. */
  operand(index: number): FloatValue {
    const value = this.float(index);
    const complaint = zoneComplaint(value.ranges);
    return complaint === null ? value : refuse(`Its input ${this.#quoted(index)} ${complaint}`);
  }

  #quoted(index: number): string {
    return `"${this.node.inputs[index]}"`;
  }

  /** All inputs of a variadic operator, at least one. */
  operands(): readonly [FloatValue, ...FloatValue[]] {
    const [first, ...rest] = this.inputs.map((_, index) => this.operand(index));
    return [first ?? refuse("It has no inputs."), ...rest];
  }

  optionalOperand(index: number): FloatValue | null {
    return this.value(index) === null ? null : this.operand(index);
  }

  /** @param what the input's plural name in a sentence: "weights" */
  constant(index: number, what: string): ConstantValue {
    const value = this.operand(index);
    return isConstant(value) ? value : refuse(`Its ${what} depend on the model's input; the proof needs constants.`);
  }

  optionalConstant(index: number, what: string): ConstantValue | null {
    return this.value(index) === null ? null : this.constant(index, what);
  }

  optionalIntegers(index: number): IntegerValue | null {
    const value = this.value(index);
    if (value === null || value.kind === "integers") return value;
    return refuse(`Its input ${this.#quoted(index)} holds ${typeName(value)} where integers are needed.`);
  }

  integers(index: number): IntegerValue {
    return this.optionalIntegers(index) ?? refuse(`Its input ${index} is missing.`);
  }

  /** Integers that are known before the model runs. */
  numbers(index: number): readonly number[] {
    return this.integers(index).elements.map((element) =>
      typeof element === "number"
        ? element
        : refuse(`Its input ${this.#quoted(index)} depends on the dynamic dimension ${element}.`),
    );
  }

  /** A float attribute that is not -0: optimisers merge nodes whose attributes compare equal. */
  unsigned(name: string, fallback: number): number {
    const value = this.real(name, fallback);
    return Object.is(value, -0)
      ? refuse(`Its attribute "${name}" is -0, and an optimiser may merge it with a node that has 0.`)
      : value;
  }
}

export function isConstant(value: FloatValue): value is ConstantValue {
  return value.constant !== null;
}

function typeName(value: Value): string {
  if (value.kind === "other") return value.type;
  return value.kind === "float" ? "float32" : "integers";
}
