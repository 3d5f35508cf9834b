import type { NamedTensors } from "../tensors/tensor-value.ts";

/** A part of a model to run alone. Each side cuts it from its own copy, so that no weight crosses the wire. */
export type Part =
  /** The whole model with these values as additional outputs; fed with the graph's inputs. */
  | { readonly kind: "marked"; readonly outputs: readonly string[] }
  /** The whole model, where `shapeName(index)` is the shape of each of these values; fed with the graph's inputs. */
  | { readonly kind: "shapes"; readonly values: readonly string[] }
  /** The model exactly as it serves, with only its own outputs; fed with the graph's inputs. */
  | { readonly kind: "served" }
  /** One node, by its index in the graph; fed with those of its inputs that are not constants. */
  | { readonly kind: "node"; readonly node: number };

/** One model on one backend, of which parts can be run. */
export interface PartEvaluator {
  /** "WASM", "CPU", …, or the caller's name for this source. */
  readonly source: string;
  /**
   * @param feeds one tensor per input of the part, by name
   * @returns the part's outputs by name, without those whose type cannot be compared
   * @throws IsobitError BACKEND_UNAVAILABLE, BACKEND_FAILED, ORIGIN_UNREACHABLE, TIMEOUT, BAD_INPUT
   */
  evaluate(part: Part, feeds: NamedTensors): Promise<NamedTensors>;
  /** Inputs in one run, of which one is returned; absent: one. */
  readonly batch?: number;
  /** Whether a node ran on the CPU although the source is a GPU; absent: none did. @param node by its index in the graph */
  ranOnCpu?(node: number): boolean;
  /**
   * The nodes of the part that remain after optimisation, as strings that are equal for equal nodes; absent, or null, if
   * the runtime does not expose them.
   * @throws IsobitError as `evaluate` does
   */
  fusedNodes?(part: Part): Promise<readonly string[] | null>;
}

/** The output of a "shapes" part that is the shape (int64) of the value with this index. */
export function shapeName(index: number): string {
  return `isobit/shape/${index}`;
}
