import { readElements } from "../tensors/read-elements.ts";
import type { TensorValue } from "../tensors/tensor-value.ts";
import { klDivergence } from "./divergence.ts";
import { Moments } from "./moments.ts";
import type { OutputStatistics, WorstElement } from "./result.ts";
import { Similarity } from "./similarity.ts";
import { Spread } from "./spread.ts";
import { stepsOf } from "./steps.ts";
import { TopK } from "./top-k.ts";
import { UlpHistogram } from "./ulp-histogram.ts";

export interface StatisticsCollector {
  /**
   * Adds both sources' outputs for one input.
   * @throws RangeError if their types or numbers of elements differ
   */
  add(input: string, reference: TensorValue, other: TensorValue): void;
  /** Over everything added so far; null if there are no elements. */
  result(): OutputStatistics | null;
}

/**
 * Statistics of one output of a pair of sources, input by input, in constant memory. Supports every element type.
 * Elements that are NaN or infinite on either side are counted but not part of any figure.
 * @param options.classes number of consecutive elements that are the logits of one decision; null if there are none
 */
export function collectStatistics({ classes }: { readonly classes: number | null }): StatisticsCollector {
  const abs = new Spread();
  const rel = new Spread();
  const ulp = new Spread({ whole: true });
  const histogram = new UlpHistogram();
  const similarity = new Similarity();
  const values = { reference: new Moments(), other: new Moments() };
  const topK = new TopK(classes ?? 0);
  const divergence = new Moments();
  let elements = 0;
  let finiteElements = 0;
  let zeroReferenceElements = 0;
  let worst: WorstElement | null = null;
  let worstDistance = 0;

  function addDecisions(left: Float64Array, right: Float64Array): void {
    if (!classes) return;
    for (let start = 0; start + classes <= left.length; start += classes) {
      const expected = left.subarray(start, start + classes);
      const actual = right.subarray(start, start + classes);
      topK.add(expected, actual);
      const nats = klDivergence(expected, actual);
      if (nats !== null) divergence.add(nats);
    }
  }

  return {
    add(input, referenceTensor, otherTensor) {
      const reference = readElements(referenceTensor);
      const other = readElements(otherTensor);
      if (reference.type !== other.type || reference.length !== other.length) {
        throw new RangeError(
          `${other.length} ${other.type} elements cannot be compared with ${reference.length} ${reference.type} ones.`,
        );
      }
      const steps = stepsOf(reference.type);
      const whole = !reference.type.includes("float");
      for (let index = 0; index < reference.length; index++) {
        elements++;
        const a = reference.numbers[index]!;
        const b = other.numbers[index]!;
        if (Number.isFinite(a)) values.reference.add(a);
        if (Number.isFinite(b)) values.other.add(b);
        if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
        finiteElements++;
        const apart = steps(reference, other, index);
        // Doubles cannot represent every int64; the steps are exact.
        const distance = whole ? apart : Math.abs(a - b);
        abs.add(distance);
        ulp.add(apart);
        histogram.add(apart);
        similarity.add(a, b);
        if (a !== 0) rel.add(distance / Math.abs(a));
        else if (distance === 0) rel.add(0);
        else zeroReferenceElements++;
        if (distance > worstDistance) {
          worstDistance = distance;
          worst = { input, element: index, reference: a, other: b };
        }
      }
      addDecisions(reference.numbers, other.numbers);
    },
    result() {
      if (elements === 0) return null;
      return {
        elements,
        finiteElements,
        abs: abs.result(),
        rel: rel.result(),
        ulp: ulp.result(),
        zeroReferenceElements,
        worst,
        referenceValues: values.reference.summary(),
        otherValues: values.other.summary(),
        cosineSimilarity: similarity.cosine,
        psnr: similarity.psnr,
        snr: similarity.snr,
        topK: topK.result(),
        klDivergence: divergence.count > 0 ? divergence.mean : null,
        ulpHistogram: histogram.result(),
        quantileError: abs.error,
      };
    },
  };
}
