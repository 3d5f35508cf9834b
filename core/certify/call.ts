import type { GraphNode } from "#core/onnx/graph.ts";
import { NodeAttributes } from "#core/onnx/node-attributes.ts";
import { unknownSize } from "./dims.ts";
import { refuse } from "./refusal.ts";
import type { ConstantValue, FloatValue, IntegerValue, Value } from "./value.ts";
import { zoneComplaint } from "./zone.ts";

/** One node with what is known of its inputs. Rules read it through here, so that whatever they do not ask for is refused. */
export class Call extends NodeAttributes {
  /** Sums of absolute values stay strictly below this many units. */
  readonly exactUnits: number;
  readonly #inputs: readonly (Value | null)[];

  constructor(node: GraphNode, opset: number, exactUnits: number, inputs: readonly (Value | null)[]) {
    super(node, opset);
    this.exactUnits = exactUnits;
    this.#inputs = inputs;
  }

  invalid(reason: string): never {
    return refuse(reason);
  }

  /** The symbol of an axis of its first output. */
  unknownSize(axis: number): string {
    return unknownSize(this.node.outputs[0]!, axis);
  }

  get inputs(): readonly (Value | null)[] {
    return this.#inputs;
  }

  /** Every attribute that the rule understands; any other one might change what the node computes. */
  understands(...names: readonly string[]): void {
    const strange = [...this.node.attributes.keys()].find((name) => !names.includes(name));
    if (strange !== undefined)
      refuse(`It has the attribute "${strange}", which the rule for ${this.node.op} does not know.`);
  }

  value(index: number): Value | null {
    return this.#inputs[index] ?? null;
  }

  /** However large or fine its values are: for nodes that compute nothing with them. */
  float(index: number): FloatValue {
    const value = this.value(index) ?? refuse(`Its input ${index} is missing.`);
    return value.kind === "float"
      ? value
      : refuse(`Its input ${this.#called(index)} holds ${typeName(value)}; the proof covers float32 alone.`);
  }

  /** A tensor to compute with. */
  operand(index: number): FloatValue {
    const value = this.float(index);
    const complaint = zoneComplaint(value.ranges);
    return complaint === null ? value : refuse(`Its input ${this.#called(index)} ${complaint}`);
  }

  #called(index: number): string {
    return `"${this.node.inputs[index]}"`;
  }

  /** All inputs of an operator that takes any number of them, at least one. */
  operands(): readonly [FloatValue, ...FloatValue[]] {
    const [first, ...rest] = this.#inputs.map((_, index) => this.operand(index));
    return [first ?? refuse("It has no inputs."), ...rest];
  }

  optionalOperand(index: number): FloatValue | null {
    return this.value(index) === null ? null : this.operand(index);
  }

  /** @param what the input's name in a sentence: "weights" */
  constant(index: number, what: string): ConstantValue {
    const value = this.operand(index);
    return isConstant(value)
      ? value
      : refuse(`Its ${what} are computed from the input of the model; the proof needs constants.`);
  }

  optionalConstant(index: number, what: string): ConstantValue | null {
    return this.value(index) === null ? null : this.constant(index, what);
  }

  optionalIntegers(index: number): IntegerValue | null {
    const value = this.value(index);
    if (value === null || value.kind === "integers") return value;
    return refuse(`Its input ${this.#called(index)} holds ${typeName(value)} where integers are needed.`);
  }

  integers(index: number): IntegerValue {
    return this.optionalIntegers(index) ?? refuse(`Its input ${index} is missing.`);
  }

  /** Integers that are known before the model runs. */
  numbers(index: number): readonly number[] {
    return this.integers(index).elements.map((element) =>
      typeof element === "number"
        ? element
        : refuse(`Its input ${this.#called(index)} depends on the dynamic dimension ${element}.`),
    );
  }

  /** Of a real attribute that becomes part of tensors: optimisers take two nodes for one whose attributes are equal as numbers. */
  unsigned(name: string, fallback: number): number {
    const value = this.real(name, fallback);
    return Object.is(value, -0)
      ? refuse(`Its attribute "${name}" is -0, which optimisers take for the 0 of another node.`)
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
