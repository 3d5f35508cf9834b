import { bytesOf } from "../bits.ts";
import type { RowAnswer } from "../respond.ts";
import type { TensorValue } from "../tensor-value.ts";
import { collectStatistics } from "./collect.ts";
import type { OutputStatistics } from "./result.ts";

/** Of the logits that two sources gave for the same images; null where no image was answered by both. */
export function statisticsOfPair(
  rows: readonly RowAnswer[],
  pair: { readonly reference: string; readonly other: string },
  classes: number,
): OutputStatistics | null {
  const statistics = collectStatistics({ classes });
  for (const { image, outputs } of rows) {
    const logitsOf = (source: string): Float32Array | undefined => float32Logits(outputs, source);
    const [reference, other] = [logitsOf(pair.reference), logitsOf(pair.other)];
    if (reference && other) statistics.add(image, asTensor(reference), asTensor(other));
  }
  return statistics.result();
}

/** Of a peer only where it gave float32 logits. */
function float32Logits(outputs: RowAnswer["outputs"], source: string): Float32Array | undefined {
  const output = outputs.find((each) => each.source === source);
  const given = output?.peer?.given;
  if (given?.quantity === "LOGITS" && given.values.precision === "BITS") return given.values.floats;
  return output?.prediction?.logits.logits;
}

function asTensor(logits: Float32Array): TensorValue {
  return { type: "float32", dims: [logits.length], bytes: bytesOf(logits) };
}
