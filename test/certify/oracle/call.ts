import type { GraphNode } from "#core/onnx/graph.ts";
import type { Exact, Integers, Value } from "./exact.ts";

/** One node of an ONNX graph with the exact values of its inputs. */
export class OracleCall {
  readonly node: GraphNode;
  readonly opset: number;
  readonly inputs: readonly (Value | null)[];

  constructor(node: GraphNode, opset: number, inputs: readonly (Value | null)[]) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
  }

  with(inputs: readonly (Value | null)[]): OracleCall {
    return new OracleCall(this.node, this.opset, inputs);
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? null) !== null;
  }

  exact(index: number): Exact {
    const value = this.inputs[index];
    if (value?.kind !== "exact") throw new Error(`${this.node.op} has no numbers as input ${index}`);
    return value;
  }

  integers(index: number): Integers {
    const value = this.inputs[index];
    if (value?.kind !== "integers") throw new Error(`${this.node.op} has no integers as input ${index}`);
    return value;
  }

  int(name: string, fallback: number): number {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === "int" ? Number(attribute.value) : fallback;
  }

  ints(name: string): readonly number[] | null {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === "ints" ? attribute.value.map(Number) : null;
  }

  float(name: string, fallback: number): number {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === "float" ? attribute.value : fallback;
  }

  text(name: string, fallback: string): string {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === "string" ? new TextDecoder().decode(attribute.value) : fallback;
  }

  /** Numbers that moved from an attribute to an input in some opset. */
  intsOrInput(name: string, since: number, index: number): readonly number[] | null {
    if (this.opset < since) return this.ints(name);
    return this.has(index) ? this.integers(index).elements : null;
  }
}
