import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";
import { markedPart } from "./compare-values.ts";
import { runInHalves } from "./refusals.ts";
import type { TracedSource } from "./subject.ts";

export interface Wanted {
  readonly names: readonly string[];
  readonly bytes: number;
}

/** One source's intermediate values, computed again on request. Only the last run's values are held. */
export class ValueStore {
  readonly #traced: TracedSource;
  readonly #budgetBytes: number;
  readonly #refused: Map<string, string>;
  #held: NamedTensors;

  /**
   * @param refused values that the source refuses to expose, by name, with its message
   * @param kept values that are already available
   */
  constructor(
    traced: TracedSource,
    budgetBytes: number,
    refused: ReadonlyMap<string, string>,
    kept: NamedTensors | null,
  ) {
    this.#traced = traced;
    this.#budgetBytes = budgetBytes;
    this.#refused = new Map(refused);
    this.#held = kept ?? new Map();
  }

  /**
   * The first node's values by name, including the model's inputs, without those that the source refuses to expose.
   * @param wanted this node's values and those of the nodes after it, which share a run within the budget
   */
  async get(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, TensorValue>> {
    const names = wanted[0]?.names ?? [];
    if (names.some((name) => this.#isExposed(name) && !this.#held.has(name))) await this.#run(wanted);
    return new Map(
      names.flatMap((name) => {
        const value = this.#traced.feeds.get(name) ?? this.#held.get(name);
        return value ? [[name, value] as const] : [];
      }),
    );
  }

  /** The source's message where it refused to expose this value. */
  refusal(name: string): string | undefined {
    return this.#refused.get(name);
  }

  #isExposed(name: string): boolean {
    return !this.#traced.feeds.has(name) && !this.#refused.has(name);
  }

  async #run(wanted: readonly Wanted[]): Promise<void> {
    const names = new Set<string>();
    let used = 0;
    for (const [place, node] of wanted.entries()) {
      if (place > 0 && used + node.bytes > this.#budgetBytes) break;
      used += node.bytes;
      for (const name of node.names) if (this.#isExposed(name)) names.add(name);
    }
    // Release the old values first, so that both sets are never in memory together.
    const held = new Map<string, TensorValue>();
    this.#held = held;
    const { evaluator, feeds } = this.#traced;
    const run = async (marked: readonly string[]): Promise<void> => {
      for (const [name, value] of await evaluator.evaluate(markedPart(this.#traced, marked), feeds)) {
        held.set(name, value);
      }
    };
    await runInHalves([...names], run, this.#refused);
  }
}
