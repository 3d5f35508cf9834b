import type { PartEvaluator } from "#core/model/part.ts";
import { joinedBytes } from "#core/tensors/joined.ts";
import type { NamedTensors, TensorValue } from "#core/tensors/tensor-value.ts";
import { stacked } from "./batches.ts";

/** The inputs that one run answered together. */
export interface BatchGroup {
  /** As many as the batch has. */
  readonly feeds: readonly NamedTensors[];
  /** Which of them is traced. */
  readonly place: number;
}

/**
 * Parts of a model for one input among the others of its batch. The whole model runs on the batch, and of each value that has
 * the batch's rows only this input's are returned. A node alone runs on copies of this input, as many as the batch has: if
 * its result is then the same as for the input alone, it depends on the other inputs.
 * @param alone parts for any number of inputs
 */
export function batchedEvaluatorOf(alone: PartEvaluator, { feeds, place }: BatchGroup): PartEvaluator {
  const size = feeds.length;
  /** Values that have a row per input. */
  const batched = new Set<string>(feeds[0]?.keys());
  const own = ([name, tensor]: readonly [string, TensorValue]): readonly [string, TensorValue] =>
    batched.has(name) ? [name, rowsOf(tensor, place, size)] : [name, tensor];
  return {
    ...alone,
    batch: size,
    async evaluate(part, given) {
      const single = part.kind === "node" ? null : await alone.evaluate(part, given);
      // The shapes are those of this input's rows.
      if (part.kind === "shapes" && single !== null) return single;
      if (single === null) {
        const copies = new Map(
          [...given].map(([name, tensor]) => [name, batched.has(name) ? repeated(tensor, size) : tensor]),
        );
        return new Map([...(await alone.evaluate(part, copies))].map(own));
      }
      const together = await alone.evaluate(part, stacked(feeds));
      for (const [name, tensor] of together) if (hasRows(tensor, single.get(name), size)) batched.add(name);
      return new Map([...together].map(own));
    },
  };
}

function hasRows({ dims }: TensorValue, single: TensorValue | undefined, size: number): boolean {
  const [first = 0, ...rest] = single?.dims ?? [];
  return dims.length > 0 && dims.join() === [first * size, ...rest].join();
}

/** One input's rows. */
function rowsOf({ type, dims, bytes }: TensorValue, place: number, size: number): TensorValue {
  const [rows = 0, ...rest] = dims;
  const length = bytes.length / size;
  return { type, dims: [rows / size, ...rest], bytes: bytes.subarray(place * length, (place + 1) * length) };
}

function repeated({ type, dims, bytes }: TensorValue, size: number): TensorValue {
  const [rows = 1, ...rest] = dims;
  return { type, dims: [rows * size, ...rest], bytes: joinedBytes(Array.from({ length: size }, () => bytes)) };
}
