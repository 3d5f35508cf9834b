import type { Attribute, GraphNode, Tensor } from "./graph.ts";

/** The longest text that an attribute may be, in bytes; operators' own keywords are far shorter. */
const LONGEST_WORD = 1024;

type AttributeValues = { readonly [A in Attribute as A["kind"]]: A["value"] };

/**
 * One node's attributes. Callers pass defaults, because they depend on the operator and its opset, and `invalid` handles
 * attributes that no runtime accepts.
 */
export abstract class NodeAttributes {
  readonly node: GraphNode;
  /** Version of ONNX's own operators in the model. */
  readonly opset: number;

  constructor(node: GraphNode, opset: number) {
    this.node = node;
    this.opset = opset;
  }

  /** @param reason a sentence about the node, e.g. "Its window has no elements." */
  abstract invalid(reason: string): never;

  attribute<K extends keyof AttributeValues>(name: string, kind: K): AttributeValues[K] | null {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined) return null;
    if (attribute.kind !== kind)
      return this.invalid(`Its attribute "${name}" has the type ${attribute.kind} instead of ${kind}.`);
    // The kinds were compared above, which the compiler cannot follow through a type parameter.
    return attribute.value as AttributeValues[K];
  }

  int(name: string, fallback: number): number {
    const value = this.attribute(name, "int");
    return value === null ? fallback : safeNumber(value);
  }

  flag(name: string, fallback = false): boolean {
    return this.int(name, Number(fallback)) !== 0;
  }

  ints(name: string): readonly number[] | null {
    return this.attribute(name, "ints")?.map(safeNumber) ?? null;
  }

  /** Attributes are float32 in the file, and so are their defaults. */
  real(name: string, fallback: number): number {
    return Math.fround(this.attribute(name, "float") ?? fallback);
  }

  text(name: string, fallback: string): string {
    const bytes = this.attribute(name, "string");
    if (bytes === null) return fallback;
    return bytes.length <= LONGEST_WORD
      ? String.fromCharCode(...bytes)
      : this.invalid(`Its attribute "${name}" is too long.`);
  }
}

/** Exporters write INT64_MAX for "to the end", which clamps to the same position. */
export function safeNumber(integer: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  if (integer > most) return Number.MAX_SAFE_INTEGER;
  return integer < -most ? -Number.MAX_SAFE_INTEGER : Number(integer);
}

/** An integer attribute of a node. @returns null for an attribute of another type, which no runtime accepts */
export function intAttribute(node: GraphNode, name: string, fallback: number): number | null {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return fallback;
  return attribute.kind === "int" ? safeNumber(attribute.value) : null;
}

/** Since opset 13, Softmax and similar operators run along one axis (default: the last); before, over all axes from the given one on. */
export function softmaxDefaults(opset: number): { readonly oneAxis: boolean; readonly axis: number } {
  return opset >= 13 ? { oneAxis: true, axis: -1 } : { oneAxis: false, axis: 1 };
}

export function tensorAttribute(node: GraphNode, name: string): Tensor | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "tensor" ? attribute.value : undefined;
}
