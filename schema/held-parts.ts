import { IsobitError, messageOf } from "#core/errors.ts";
import { isElementType, type NamedTensors, type TensorValue, tensorValue } from "#core/tensors/tensor-value.ts";
import type { Part } from "#core/model/part.ts";
import { builder } from "./builder.ts";

/*
 * Parts of models and tensors of any type, as they cross between the sides.
 */

const PART_KINDS = ["SERVED", "MARKED", "SHAPES", "NODE"] as const satisfies readonly Uppercase<Part["kind"]>[];

const HeldPartKind = builder.enumType("HeldPartKind", {
  description: "What of a model is run by itself.",
  values: PART_KINDS,
});

export const HeldPart = builder.inputType("HeldPart", {
  description: "A part of a model: `values` for MARKED and SHAPES, `node` for NODE.",
  fields: (t) => ({
    kind: t.field({ type: HeldPartKind, required: true }),
    values: t.stringList({ description: "Names of values inside the graph." }),
    node: t.int({ description: "The node's place in the graph." }),
  }),
});

export const HeldTensorInput = builder.inputType("HeldTensorInput", {
  description: "A tensor of any type.",
  fields: (t) => ({
    name: t.string({ required: true }),
    type: t.string({ required: true }),
    dims: t.intList({ required: true }),
    bytes: t.field({ type: "Bytes", required: true }),
  }),
});

export interface NamedTensor extends TensorValue {
  readonly name: string;
}

export const HeldTensor = builder.objectRef<NamedTensor>("HeldTensor").implement({
  description: "A tensor of any type.",
  fields: (t) => ({
    name: t.exposeString("name"),
    type: t.exposeString("type", { description: "float32, int64, …" }),
    dims: t.field({ type: ["Int"], resolve: ({ dims }) => [...dims] }),
    bytes: t.expose("bytes", { type: "Bytes", description: "Little-endian elements." }),
  }),
});

/** @throws IsobitError BAD_INPUT for a kind without what it needs */
export function toPart({ kind, values, node }: typeof HeldPart.$inferInput): Part {
  switch (kind) {
    case "SERVED":
      return { kind: "served" };
    case "MARKED":
      return { kind: "marked", outputs: values ?? [] };
    case "SHAPES":
      return { kind: "shapes", values: values ?? [] };
    case "NODE":
      if (node == null) throw new IsobitError("BAD_INPUT", "A part of kind NODE needs `node`.");
      return { kind: "node", node };
  }
}

/** The way back: a part as the other side is asked for it. */
export function partVariables(part: Part): typeof HeldPart.$inferInput {
  switch (part.kind) {
    case "served":
      return { kind: "SERVED" };
    case "marked":
      return { kind: "MARKED", values: [...part.outputs] };
    case "shapes":
      return { kind: "SHAPES", values: [...part.values] };
    case "node":
      return { kind: "NODE", node: part.node };
  }
}

/** @throws IsobitError BAD_INPUT for an unknown type, or bytes that do not fit it */
export function toNamedTensors(
  tensors: readonly {
    readonly name: string;
    readonly type: string;
    readonly dims: readonly number[];
    readonly bytes: Uint8Array;
  }[],
): NamedTensors {
  return new Map(tensors.map(({ name, type, dims, bytes }) => [name, toTensor(name, type, dims, bytes)]));
}

function toTensor(name: string, type: string, dims: readonly number[], bytes: Uint8Array): TensorValue {
  if (!isElementType(type)) throw new IsobitError("BAD_INPUT", `The tensor ${name} has the unknown type ${type}.`);
  try {
    return tensorValue(type, dims, bytes);
  } catch (error) {
    throw new IsobitError("BAD_INPUT", `The tensor ${name} does not hold what it says: ${messageOf(error)}.`);
  }
}

export function toTensorList(tensors: NamedTensors): NamedTensor[] {
  return [...tensors].map(([name, value]) => ({ name, ...value }));
}
