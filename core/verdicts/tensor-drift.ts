import { measureDrift, noDrift, type Drift, type Tolerance } from "./drift.ts";
import { isAlike, readElements } from "../tensors/read-elements.ts";
import { stepsOf } from "../statistics/steps.ts";
import { elementsOf, float32Of, type TensorValue } from "../tensors/tensor-value.ts";

/**
 * Compares `other` with `reference` in their own type. ULP count in the type's own steps. Integers are computed
 * exactly, so only an absolute tolerance applies to them. Tensors of different types or shapes differ in every element
 * and have no metrics.
 */
export function measureTensorDrift(reference: TensorValue, other: TensorValue, tolerance: Tolerance | null): Drift {
  if (!isAlike(reference, other)) {
    const elements = Math.max(1, elementsOf(reference.dims), elementsOf(other.dims));
    return { ...noDrift(), differing: elements, beyond: elements };
  }
  if (reference.type === "float32") return measureDrift(float32Of(reference), float32Of(other), tolerance);
  const whole = !reference.type.includes("float");
  const [abs, rel, ulp] = [tolerance?.abs ?? NaN, tolerance?.rel ?? NaN, tolerance?.ulp ?? NaN];
  const [left, right] = [readElements(reference), readElements(other)];
  const steps = stepsOf(reference.type);
  const drift = noDrift();
  for (let index = 0; index < left.length; index++) {
    const [a, b] = [left.numbers[index]!, right.numbers[index]!];
    const finite = Number.isFinite(a) && Number.isFinite(b);
    if (finite) drift.finite++;
    else drift.nonFinite++;
    if (left.words[index] === right.words[index]) continue;
    drift.differing++;
    if (!finite) {
      drift.differingNonFinite++;
      drift.beyond++;
      continue;
    }
    const apart = steps(left, right, index);
    // Doubles cannot represent every int64; the steps are exact.
    const distance = whole ? apart : Math.abs(a - b);
    drift.maxAbs = Math.max(drift.maxAbs, distance);
    drift.maxUlp = Math.max(drift.maxUlp, apart);
    drift.sumAbs += distance;
    drift.sumSquares += distance * distance;
    if (!(distance <= abs || (!whole && (distance <= rel * Math.abs(a) || apart <= ulp)))) drift.beyond++;
  }
  return drift;
}
