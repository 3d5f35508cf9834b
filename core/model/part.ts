import type { NamedTensors } from "../tensors/tensor-value.ts";

/** What of a model is to be run by itself. Each side cuts it from its own copy, so that no weight crosses the wire. */
export type Part =
  /** The whole model with these values as outputs beside its own; fed with the graph's inputs. */
  | { readonly kind: "marked"; readonly outputs: readonly string[] }
  /** The whole model, of which `shapeName(index)` gives the shape of each of these values; fed with the graph's inputs. */
  | { readonly kind: "shapes"; readonly values: readonly string[] }
  /** The model exactly as it serves, with its own outputs and nothing marked; fed with the graph's inputs. */
  | { readonly kind: "served" }
  /** One node alone, by its place in the graph; fed with its inputs that are not constants of the graph. */
  | { readonly kind: "node"; readonly node: number };

/** One model on one backend, of which parts can be run. */
export interface Evaluator {
  /** "WASM", "CPU", … or whatever the caller calls this source. */
  readonly source: string;
  /**
   * @param feeds one tensor for each input of the part, by name
   * @returns the part's outputs by name; one that is no tensor of a type that can be compared is left out
   * @throws IsobitError BACKEND_UNAVAILABLE, BACKEND_FAILED, ORIGIN_UNREACHABLE, TIMEOUT, BAD_INPUT
   */
  evaluate(part: Part, feeds: NamedTensors): Promise<NamedTensors>;
  /**
   * What is left of the part once the optimiser is done, as strings that are the same where the same nodes are left;
   * absent, or null, where the runtime does not tell.
   * @throws IsobitError as `evaluate` does
   */
  fusedNodes?(part: Part): Promise<readonly string[] | null>;
}

/** The output of a "shapes" part that is the shape (int64) of its value number `index`. */
export function shapeName(index: number): string {
  return `isobit/shape/${index}`;
}
