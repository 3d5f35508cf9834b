import { NodeAttributes } from "../onnx/node-attributes.ts";
import type { NodeRequest } from "./request.ts";
import { type Elements, integerAt, readElements } from "../tensors/read-elements.ts";

/** Thrown for a node whose correct result is not known or whose sums are not emulated, with the reason in a sentence. */
export class NotAnalysed extends Error {}

/** The result of `compute`, or `otherwise` of the reason if it throws NotAnalysed. */
export function tryAnalysis<T>(compute: () => T, otherwise: (reason: string) => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NotAnalysed) return otherwise(error.message);
    throw error;
  }
}

/** One node's attributes and inputs, as its operator reads them. */
export class Call extends NodeAttributes {
  readonly inputs: readonly (Elements | null)[];

  constructor({ node, opset, inputs }: NodeRequest) {
    super(node, opset);
    this.inputs = inputs.map((input) => input && readElements(input));
  }

  invalid(reason: string): never {
    throw new NotAnalysed(reason);
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? null) !== null;
  }

  /** @throws NotAnalysed if the input is missing */
  input(index: number): Elements {
    const input = this.inputs[index] ?? null;
    if (input === null) throw new NotAnalysed(`Input ${index} of the ${this.node.op} is missing.`);
    return input;
  }

  /** The inputs that are present, in order. */
  given(): readonly Elements[] {
    return this.inputs.filter((input) => input !== null);
  }

  /** An input of few integers, e.g. a shape. */
  integers(index: number): readonly number[] {
    const input = this.input(index);
    return Array.from({ length: input.length }, (_, at) => Number(integerAt(input, at)));
  }

  /** Integers that became an input in some opset. */
  integersSince(opset: number, name: string, index: number): readonly number[] | null {
    if (this.opset < opset) return this.ints(name);
    return this.has(index) ? this.integers(index) : null;
  }

  /** An axis, counted from the end if negative. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (counted >= 0 && counted <= rank) return counted;
    throw new NotAnalysed(`Axis ${axis} is outside a tensor of rank ${rank}.`);
  }
}
