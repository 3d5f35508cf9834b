import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";
import { markedPart } from "./compare-values.ts";
import type { TracedSource } from "./subject.ts";

/** The values that a node needs, and how many bytes they are. */
export interface Wanted {
  readonly names: readonly string[];
  readonly bytes: number;
}

/** One source's inner values, run again when they are asked for; only the last run's are held. */
export class ValueStore {
  readonly #traced: TracedSource;
  readonly #budgetBytes: number;
  #held: NamedTensors;

  /** @param kept values that are at hand already */
  constructor(traced: TracedSource, budgetBytes: number, kept: NamedTensors | null) {
    this.#traced = traced;
    this.#budgetBytes = budgetBytes;
    this.#held = kept ?? new Map();
  }

  /**
   * The first node's values by name, the model's inputs among them.
   * @param wanted of this node and of those after it, which share a run as far as the budget reaches
   */
  async get(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, TensorValue>> {
    const names = wanted[0]?.names ?? [];
    if (names.some((name) => !this.#traced.feeds.has(name) && !this.#held.has(name))) await this.#run(wanted);
    return new Map(
      names.flatMap((name) => {
        const value = this.#traced.feeds.get(name) ?? this.#held.get(name);
        return value ? [[name, value] as const] : [];
      }),
    );
  }

  async #run(wanted: readonly Wanted[]): Promise<void> {
    const names = new Set<string>();
    let used = 0;
    for (const [place, node] of wanted.entries()) {
      if (place > 0 && used + node.bytes > this.#budgetBytes) break;
      used += node.bytes;
      for (const name of node.names) if (!this.#traced.feeds.has(name)) names.add(name);
    }
    // Let go first: the old values and the new ones need not be in memory together.
    this.#held = new Map();
    this.#held = await this.#traced.evaluator.evaluate(markedPart(this.#traced, [...names]), this.#traced.feeds);
  }
}
