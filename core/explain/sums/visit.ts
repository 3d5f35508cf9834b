import type { SumProblem } from "./problem.ts";

/**
 * The elements to visit: null (all) within the budget, otherwise the differing ones first, then others, evenly spread.
 * @param most products that may be evaluated
 */
export function elementsWithin(
  { elements, terms }: SumProblem,
  differing: readonly number[],
  most: number,
): readonly number[] | null {
  const room = Math.max(1, Math.floor(most / terms));
  if (elements <= room) return null;
  const chosen = new Set(spread(differing.length, Math.min(differing.length, room)).map((at) => differing[at]!));
  for (const index of spread(elements, room - chosen.size)) chosen.add(index);
  return [...chosen].toSorted((left, right) => left - right);
}

/** A sample whose every prefix is a fair sample: alternately differing elements and any elements. */
export function sampleOf(elements: number, differing: readonly number[], size: number): readonly number[] {
  const ofDiffering = scattered(differing.length, size).map((at) => differing[at]!);
  const ofAll = scattered(elements, size);
  const chosen = new Set<number>();
  for (let at = 0; at < size && chosen.size < size; at++) {
    if (at < ofDiffering.length) chosen.add(ofDiffering[at]!);
    if (at < ofAll.length) chosen.add(ofAll[at]!);
  }
  return [...chosen].slice(0, size);
}

/** `count` numbers from 0 to length - 1, evenly spread. */
function spread(length: number, count: number): readonly number[] {
  return Array.from({ length: Math.min(length, Math.max(0, count)) }, (_, at) => Math.floor((at * length) / count));
}

/** Up to `count` distinct numbers from 0 to length - 1, far apart: multiples of the golden ratio. */
function scattered(length: number, count: number): readonly number[] {
  if (length <= count) return spread(length, length);
  const step = 0.618_033_988_749_895;
  const chosen = new Set<number>();
  // Kernels for remainders compute the last elements.
  for (let at = 1; chosen.size < count && at <= 4 * count; at++) {
    chosen.add(at % 8 === 0 ? length - Math.floor(at / 8) : Math.floor(((at * step) % 1) * length));
  }
  return [...chosen];
}
