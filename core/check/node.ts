import type { Attribute, GraphNode } from "#core/onnx/graph.ts";
import type { Range } from "./range.ts";
import { reject } from "./rejection.ts";
import { unknown, type Dim } from "./sizes.ts";
import { clampedNumber, isComputable, type FloatTensor, type IntegerTensor, type Known } from "./tensor.ts";

/** The longest text that an attribute may be, in bytes. */
const LONGEST_WORD = 64;

type AttributeValues = { readonly [A in Attribute as A["kind"]]: A["value"] };

/** What follows from a node's inputs. */
export interface Derived {
  /** Its first output; others are never certified. */
  readonly tensor: Known;
  /** What the node adds up, per channel: its terms must stay below 2^24. */
  readonly sums?: readonly Range[];
  /** A convolution of stride 1, which libraries may compute by other algorithms. */
  readonly otherAlgorithm?: boolean;
  /** A factor needs more than TF32's 11 significant bits. */
  readonly tooWideForTf32?: boolean;
  /** ONNX Runtime's WebGPU provider is known to compute it incorrectly. */
  readonly webgpuFault?: boolean;
  readonly relies?: "rounding" | "division";
}

export type Rule = (node: CheckedNode) => Derived;
/** By ONNX's name of the operator. */
export type Rules = Readonly<Record<string, Rule>>;

/** A node with the claims about its inputs. A rule reads the node only through this class. */
export class CheckedNode {
  readonly opset: number;
  readonly inputs: readonly (Known | null)[];
  readonly #node: GraphNode;

  constructor(node: GraphNode, inputs: readonly (Known | null)[], opset: number) {
    this.#node = node;
    this.inputs = inputs;
    this.opset = opset;
  }

  /** Rejects attributes that the rule does not handle: they may change what the node computes. */
  allow(...names: readonly string[]): void {
    const other = [...this.#node.attributes.keys()].find((name) => !names.includes(name));
    if (other !== undefined) reject(`The attribute "${other}" is not supported.`);
  }

  get attributeCount(): number {
    return this.#node.attributes.size;
  }

  hasOutput(output: number): boolean {
    return Boolean(this.#node.outputs[output]);
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? null) !== null;
  }

  known(index: number): Known {
    return this.inputs[index] ?? reject(`Input ${index} is missing.`);
  }

  /** A tensor whose elements are moved but not computed with. */
  float(index: number): FloatTensor {
    const known = this.known(index);
    return known.type === "float32" ? known : reject(`Input ${index} is not float32.`);
  }

  /** A tensor to compute with. */
  operand(index: number): FloatTensor {
    const tensor = this.float(index);
    return isComputable(tensor) ? tensor : reject(`Input ${index} leaves the range from 2^-30 to 2^30.`);
  }

  operands(count: number): readonly [FloatTensor, ...FloatTensor[]] {
    const [first, ...rest] = Array.from({ length: count }, (_, index) => this.operand(index));
    return [first ?? reject("It has no inputs."), ...rest];
  }

  constant(index: number): { readonly data: Float32Array; readonly dims: readonly number[] } {
    const { data, dims } = this.operand(index);
    return data === null ? reject(`Input ${index} is not constant.`) : { data, dims: dims as readonly number[] };
  }

  integers(index: number): IntegerTensor {
    const known = this.known(index);
    return known.type === "integers" ? known : reject(`Input ${index} does not hold integers.`);
  }

  numbers(index: number): readonly number[] {
    return this.integers(index).elements.map((element) =>
      typeof element === "number" ? element : reject(`Input ${index} depends on a dynamic size.`),
    );
  }

  attribute<K extends keyof AttributeValues>(name: string, kind: K): AttributeValues[K] | null {
    const attribute = this.#node.attributes.get(name);
    if (attribute === undefined) return null;
    // The kinds are compared, which the compiler cannot follow through a type parameter.
    return attribute.kind === kind
      ? (attribute.value as AttributeValues[K])
      : reject(`"${name}" is not of the type ${kind}.`);
  }

  integer(name: string, fallback: number): number {
    const value = this.attribute(name, "int");
    return value === null ? fallback : clampedNumber(value);
  }

  list(name: string): readonly number[] | null {
    return this.attribute(name, "ints")?.map(clampedNumber) ?? null;
  }

  real(name: string, fallback: number): number {
    return Math.fround(this.attribute(name, "float") ?? fallback);
  }

  text(name: string, fallback: string): string {
    const bytes = this.attribute(name, "string");
    if (bytes === null) return fallback;
    return bytes.length <= LONGEST_WORD ? String.fromCharCode(...bytes) : reject(`"${name}" is too long.`);
  }

  /** A float attribute that is not -0: optimisers merge nodes whose attributes compare equal. */
  unsigned(name: string, fallback: number): number {
    const value = this.real(name, fallback);
    return Object.is(value, -0) ? reject(`"${name}" is -0.`) : value;
  }

  axis(axis: number, rank: number): number {
    const from = axis < 0 ? axis + rank : axis;
    return from >= 0 && from < rank ? from : reject(`There is no axis ${axis} in a tensor of rank ${rank}.`);
  }

  /** Distinct axes of a tensor: runtimes differ if one is named twice. */
  axes(named: readonly number[], rank: number): readonly number[] {
    const axes = named.map((axis) => this.axis(axis, rank));
    return new Set(axes).size === axes.length ? axes : reject(`It names an axis of [${named.join(", ")}] twice.`);
  }

  /** An unknown size of the first output. */
  unknown(axis: number): Dim {
    return unknown(this.#node.outputs[0]!, axis);
  }
}
