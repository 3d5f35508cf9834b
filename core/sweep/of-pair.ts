import { bytesOf } from "../tensors/bits.ts";
import type { RowAnswer } from "../respond.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";
import { collectStatistics, type StatisticsCollector } from "../statistics/collect.ts";
import type { OutputStatistics } from "../statistics/result.ts";

/** Statistics of two sources' logits for the same images; null if no image was answered by both. */
export function statisticsOfPair(
  rows: readonly RowAnswer[],
  pair: PairNames,
  classes: number,
): OutputStatistics | null {
  const statistics = collectStatistics({ classes });
  for (const row of rows) addRow(statistics, row, pair);
  return statistics.result();
}

interface PairNames {
  readonly reference: string;
  readonly other: string;
}

/** Adds nothing if either source returned no logits in bits. */
export function addRow(statistics: StatisticsCollector, { image, outputs }: RowAnswer, pair: PairNames): void {
  const reference = float32Logits(outputs, pair.reference);
  const other = float32Logits(outputs, pair.other);
  if (reference && other) statistics.add(image, asTensor(reference), asTensor(other));
}

/** A peer's logits, if it returned float32 bits; otherwise a backend's. */
function float32Logits(outputs: RowAnswer["outputs"], source: string): Float32Array | undefined {
  const output = outputs.find((each) => each.source === source);
  const given = output?.peer?.given;
  if (given?.quantity === "LOGITS" && given.values.precision === "BITS") return given.values.floats;
  return output?.prediction?.logits.logits;
}

function asTensor(logits: Float32Array): TensorValue {
  return { type: "float32", dims: [logits.length], bytes: bytesOf(logits) };
}
