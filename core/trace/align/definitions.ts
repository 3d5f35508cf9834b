import type { GraphNode } from "../../onnx/graph.ts";
import { elementsOf } from "../../tensors/tensor-value.ts";
import { sameAttributes } from "../attributes.ts";
import { type Constant, constantValue, sameConstant } from "../constants.ts";
import type { PlacedNode } from "../placed-node.ts";
import { namesRead } from "./wiring.ts";

/** What a node is, apart from what it reads. Equal texts mean equal definitions. */
export interface Definition {
  readonly operator: string;
  /** Also its attributes, and the type and shape of each weight. */
  readonly form: string;
  /** Also every bit of its weights. */
  readonly exact: string;
  /** It holds so many weights that another node is unlikely to hold the same ones. */
  readonly telling: boolean;
}

/** A bias of a few zeros or a factor is found at many nodes. */
const TELLING_ELEMENTS = 16;

/** Definitions of two models' nodes. Attributes and weights are compared bit by bit, so no hash can collide. */
export class Definitions {
  readonly #attributes = new Map<string, GraphNode[]>();
  readonly #weights = new Map<string, Constant[]>();
  readonly #known = new Map<PlacedNode, Definition>();

  of(placed: PlacedNode): Definition {
    const known = this.#known.get(placed) ?? this.#define(placed);
    this.#known.set(placed, known);
    return known;
  }

  #define(placed: PlacedNode): Definition {
    const { node, model, producers } = placed;
    const operator = `${node.domain}/${node.op}`;
    const weights = namesRead(placed).map((name) => constantValue(name, model.graph, producers));
    const shapes = weights.map((weight) => (weight === undefined ? "" : shapeOf(weight)));
    const form = JSON.stringify([operator, this.#attributesOf(operator, node), shapes]);
    const exact = JSON.stringify([form, weights.map((weight, place) => this.#weightOf(shapes[place]!, weight))]);
    const telling = weights.some((weight) => weight && elementsOf(weight.dims) >= TELLING_ELEMENTS);
    return { operator, form, exact, telling };
  }

  #attributesOf(operator: string, node: GraphNode): number {
    return numberOf(this.#attributes, operator, node, sameAttributes);
  }

  #weightOf(shape: string, weight: Constant): number {
    return weight === undefined ? -1 : numberOf(this.#weights, shape, weight, sameConstant);
  }
}

function shapeOf(weight: Exclude<Constant, undefined>): string {
  return weight === null ? "unknown" : `${weight.type} [${weight.dims.join(", ")}]`;
}

/** The place of an equal item among those of one key, which it joins where there is none. */
function numberOf<T>(groups: Map<string, T[]>, key: string, item: T, same: (left: T, right: T) => boolean): number {
  const group = groups.get(key) ?? [];
  groups.set(key, group);
  const found = group.findIndex((each) => same(each, item));
  return found < 0 ? group.push(item) - 1 : found;
}
