import { requireOptions } from "../options.ts";
import { type Steps, stepsOf } from "../statistics/steps.ts";
import { bitsAt, hexOf, valueAt } from "../tensors/element-bits.ts";
import { type AnyTensor, givenPair } from "../tensors/given-tensor.ts";
import { differingIndices, type Elements, isAlike, readElements } from "../tensors/read-elements.ts";
import { elementsOf, type TensorValue } from "../tensors/tensor-value.ts";
import { checkTolerance, type Tolerance } from "./drift.ts";
import { LOGIT_BITS, metricsOf, ulpOf } from "./logit-drift.ts";
import { measureTensorDrift } from "./tensor-drift.ts";
import type { DriftMetrics } from "./verdict.ts";

export interface CompareTensorsOptions {
  /** Default: every bit must be equal. */
  readonly tolerance?: Tolerance;
}

/** The differences between two tensors. */
export interface TensorComparison extends DriftMetrics {
  /** IDENTICAL: every bit is equal. WITHIN_TOLERANCE: each differing element is within the tolerance. */
  readonly verdict: "IDENTICAL" | "WITHIN_TOLERANCE" | "DRIFT";
  /** Both have the same type and dims; otherwise every element differs and there are no metrics. */
  readonly sameShape: boolean;
  /** Number of elements of the larger tensor. */
  readonly elements: number;
  /** Differing elements beyond the tolerance. */
  readonly beyondTolerance: number;
  /** Steps between neighbouring values of the type; for integers, the absolute difference. */
  readonly maxUlp: number | null;
  /** The first differing element; null if none differs or the shapes do. */
  readonly first: DifferingElement | null;
  /** The largest difference: elements that are not finite first, then by ULP, then by absolute difference. */
  readonly worst: DifferingElement | null;
}

export interface DifferingElement {
  /** Index in the flat, row-major tensor. */
  readonly index: number;
  readonly reference: ElementBits;
  readonly other: ElementBits;
  /** |reference - other|; null if either is not finite. */
  readonly abs: number | null;
  /** Null if either is not finite. */
  readonly ulp: number | null;
}

export interface ElementBits {
  /** A bigint for int64 and uint64. */
  readonly value: number | bigint;
  /** "0x3f800000", most significant first. */
  readonly bits: string;
}

/**
 * Compares two tensors of any element type bit by bit.
 * @param reference a typed array, or a tensor `{ type, dims, data }` such as ONNX Runtime's
 * @param other the same; a plain typed array gets the type and shape of a tensor that it is compared with
 * @throws IsobitError BAD_INPUT for a value that is not a tensor of numbers, or a tolerance that is not 0 or more
 * @example
 * ```ts
 * const { verdict, maxUlp, worst } = compareTensors(onCpu.logits, onNpu.logits, { tolerance: { ulp: 4 } });
 * ```
 */
export function compareTensors(
  reference: AnyTensor,
  other: AnyTensor,
  options: CompareTensorsOptions = {},
): TensorComparison {
  const { tolerance } = requireOptions(options);
  const [left, right] = givenPair(reference, other);
  const drift = measureTensorDrift(left, right, checkTolerance(tolerance));
  const comparable = isAlike(left, right);
  return {
    verdict: drift.differing === 0 ? "IDENTICAL" : drift.beyond === 0 ? "WITHIN_TOLERANCE" : "DRIFT",
    sameShape: comparable,
    elements: Math.max(elementsOf(left.dims), elementsOf(right.dims)),
    beyondTolerance: drift.beyond,
    ...metricsOf(drift),
    maxUlp: ulpOf(drift, LOGIT_BITS),
    ...(comparable && drift.differing > 0 ? firstAndWorst(left, right) : { first: null, worst: null }),
  };
}

function firstAndWorst(reference: TensorValue, other: TensorValue): Pick<TensorComparison, "first" | "worst"> {
  const [left, right] = [readElements(reference), readElements(other)];
  const steps = stepsOf(left.type);
  const differing = differingIndices(left, right);
  const shown = (element: Distance): DifferingElement => ({
    ...element,
    reference: elementOf(reference, element.index),
    other: elementOf(other, element.index),
  });
  const first = distanceAt(left, right, differing[0]!, steps);
  let worst = first;
  for (const index of differing) {
    const each = distanceAt(left, right, index, steps);
    if (isFurther(each, worst)) worst = each;
  }
  return { first: shown(first), worst: shown(worst) };
}

type Distance = Pick<DifferingElement, "index" | "abs" | "ulp">;

function elementOf(tensor: TensorValue, index: number): ElementBits {
  return { value: valueAt(tensor, index), bits: hexOf(bitsAt(tensor, index), tensor.type) };
}

function distanceAt(left: Elements, right: Elements, index: number, steps: Steps): Distance {
  const [a, b] = [left.numbers[index]!, right.numbers[index]!];
  if (!Number.isFinite(a) || !Number.isFinite(b)) return { index, abs: null, ulp: null };
  const ulp = steps(left, right, index);
  return { index, abs: left.type.includes("float") ? Math.abs(a - b) : ulp, ulp };
}

function isFurther(one: Distance, another: Distance): boolean {
  const [ulp, otherUlp] = [one.ulp ?? Infinity, another.ulp ?? Infinity];
  return ulp > otherUlp || (ulp === otherUlp && (one.abs ?? Infinity) > (another.abs ?? Infinity));
}
