import type { NamedTensors } from "../tensors/tensor-value.ts";
import { addDifference, type Difference, differenceOf, largest, NO_DIFFERENCE } from "./difference.ts";
import { FusedKernels } from "./fused-kernels.ts";
import type { Part } from "../model/part.ts";
import type { MarkingEffect } from "./result.ts";
import type { TracedSource } from "./subject.ts";

/**
 * Observes how exposing intermediate values affects one source. A value that must be exposed cannot be absorbed by a
 * fused kernel, so the traced model may differ from the served one.
 */
export class MarkingObserver {
  readonly #traced: TracedSource;
  #served: NamedTensors = new Map();
  #servedNodes: readonly string[] | null = null;
  #slices = 0;
  #fused: boolean | null = null;
  #worst: Difference = NO_DIFFERENCE;

  constructor(traced: TracedSource) {
    this.#traced = traced;
  }

  async serve(): Promise<void> {
    const { evaluator, feeds } = this.#traced;
    this.#served = await evaluator.evaluate({ kind: "served" }, feeds);
    this.#servedNodes = await this.#nodesOf({ kind: "served" });
  }

  get served(): NamedTensors {
    return this.#served;
  }

  /** The kernels that the served model fuses. */
  fusedKernels(): FusedKernels {
    return new FusedKernels(this.#traced.model, this.#servedNodes);
  }

  async see(part: Part, values: NamedTensors): Promise<void> {
    this.#slices += 1;
    const moved = [...this.#served].reduce((sum, [name, served]) => {
      const value = values.get(name);
      return value ? addDifference(sum, differenceOf(served, value)) : sum;
    }, NO_DIFFERENCE);
    this.#worst = {
      elements: moved.elements,
      differing: Math.max(this.#worst.differing, moved.differing),
      maxAbs: largest(this.#worst.maxAbs, moved.maxAbs),
      maxUlp: largest(this.#worst.maxUlp, moved.maxUlp),
    };
    if (this.#fused !== true && this.#servedNodes !== null) {
      const nodes = await this.#nodesOf(part);
      if (nodes !== null) this.#fused = nodes.join("\n") !== this.#servedNodes.join("\n");
    }
  }

  effect(): MarkingEffect {
    const { differing, maxAbs, maxUlp } = this.#worst;
    return {
      optimizationLevel: this.#traced.optimizationLevel,
      slices: this.#slices,
      // A changed output proves that other kernels ran, even if the runtime does not list its nodes.
      fusionChanged: differing > 0 ? true : this.#fused,
      differingElements: differing,
      maxAbs,
      maxUlp,
    };
  }

  async #nodesOf(part: Part): Promise<readonly string[] | null> {
    const nodes = await this.#traced.evaluator.fusedNodes?.(part);
    return nodes?.toSorted() ?? null;
  }
}
